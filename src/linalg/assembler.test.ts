import { expect, test } from 'vitest';
import { i32, procedure, repeatWhile, vector } from './assembler.ts';
import { load } from './webassembly.ts';

/** Addresses on both sides of where their encoding gets longer. */
const ADDRESSES = [0, 56, 64, 120, 128, 8184, 8192, 16376, 16384, 65520];

test.each(ADDRESSES)('a double is found and written at address %i, however that is put together', (address) => {
  for (const offset of ADDRESSES.filter((part) => part <= address)) {
    const none = { parameters: [], integers: [], vectors: [] } as const;
    const copyTo = procedure(none, () => [
      vector.store(i32.const(address - offset), offset, vector.loadTwice(i32.const(1024), 0)),
    ]);
    const copyFrom = procedure(none, () => [
      vector.store(i32.const(2048), 0, vector.loadTwice(i32.const(address - offset), offset)),
    ]);
    const { procedures, numbers } = load({ copyTo, copyFrom });
    const memory = numbers(8192);
    memory[128] = Math.PI;
    procedures.copyTo();
    expect([...memory.subarray(address / 8, address / 8 + 2)]).toEqual([Math.PI, Math.PI]);
    memory[address / 8] = Math.E;
    procedures.copyFrom();
    expect([...memory.subarray(256, 258)]).toEqual([Math.E, Math.E]);
  }
});

test('a loop runs as long as its condition holds after the body, with parameters, integers and vectors', () => {
  const names = { parameters: ['from', 'to', 'end'], integers: ['place'], vectors: ['sum'] } as const;
  const sum = procedure(names, ({ from, to, end, place, sum }) => [
    place.set(from.get),
    repeatWhile(
      i32.isLess(place.get, end.get),
      sum.set(vector.add(sum.get, vector.load(place.get, 0))),
      place.set(i32.add(place.get, i32.const(16))),
    ),
    vector.store(to.get, 0, vector.multiply(sum.get, vector.root(sum.get))),
  ]);
  const { procedures, numbers } = load({ sum });
  const memory = numbers(16);
  memory.set([1, 2, 3, 7]);
  procedures.sum(0, 64, 32);
  expect([...memory.subarray(8, 10)]).toEqual([8, 27]);
});

test('memory grows when asked for and keeps what is in it', () => {
  const { numbers } = load({});
  numbers(10)[9] = 7;
  expect(numbers(100_000)[9]).toBe(7);
});
