import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aFolder } from '../testing/folder.ts';
import { sidecar } from '../testing/sidecar.ts';
import { maskedCrc32c } from './crc32c.ts';
import { eventOf } from './event.ts';
import { MAX_RECORD_BYTES, Records } from './records.ts';

const EVENTS = new URL('../testing/events/', import.meta.url).pathname;
const FILE = 'events.out.tfevents.1700000000.host';
const pytorch = readFileSync(join(EVENTS, 'pytorch', FILE));

interface Wanted {
  readonly metric: string;
  readonly additional?: readonly string[];
  readonly stepsPerUnit?: number;
  readonly firstStep?: number;
}

function reading(path: string, { metric, additional, stepsPerUnit = 1, firstStep = 1 }: Wanted) {
  const names = { resource: 'epoch', metric, additional };
  return sidecar({ names, source: { kind: 'tensorBoard', path, stepsPerUnit, firstStep } });
}

function framed(data: Uint8Array): Buffer {
  const header = Buffer.alloc(12);
  header.writeBigUInt64LE(BigInt(data.length));
  header.writeUInt32LE(maskedCrc32c(header.subarray(0, 8)), 8);
  const footer = Buffer.alloc(4);
  footer.writeUInt32LE(maskedCrc32c(data));
  return Buffer.concat([header, data, footer]);
}

describe('event files', () => {
  test('of PyTorch: scalars by their tags, histograms and texts passed over', async () => {
    const { look, notices } = reading(join(EVENTS, 'pytorch'), { metric: 'Loss/val', additional: ['Loss/train'] });
    const third = Math.fround(1 / 3);
    expect(await look()).toEqual([
      '{"epoch":1,"Loss/val":2,"Loss/train":1}',
      '{"epoch":2,"Loss/val":1,"Loss/train":0.5}',
      `{"epoch":3,"Loss/val":${Math.fround(2 / 3)},"Loss/train":${third}}`,
      '{"epoch":4,"Loss/val":0.5,"Loss/train":0.25}',
    ]);
    expect(notices).toEqual([]);
  });

  test('of TensorFlow 2: tensors, counted from zero, in a folder for each split', async () => {
    const { look } = reading(join(EVENTS, 'keras'), { metric: 'validation/epoch_loss', firstStep: 0 });
    expect(await look()).toEqual([
      '{"epoch_loss":null,"epoch":null}',
      '{"epoch":1,"validation/epoch_loss":2}',
      '{"epoch":2,"validation/epoch_loss":1}',
      `{"epoch":3,"validation/epoch_loss":${Math.fround(2 / 3)}}`,
    ]);
  });

  test('several steps make one unit: the first report of each counts', async () => {
    const { look } = reading(join(EVENTS, 'pytorch'), { metric: 'Loss/val', stepsPerUnit: 2 });
    expect((await look()).filter((line) => line.includes('"Loss/val":'))).toEqual([
      '{"Loss/train":null,"Loss/val":null}',
      '{"epoch":1,"Loss/val":1}',
      '{"epoch":2,"Loss/val":0.5}',
    ]);
  });

  test('that grow byte by byte, in a folder that appears late, with a second file later', async () => {
    const folder = join(aFolder(), 'logs');
    const { look, end } = reading(folder, { metric: 'Loss/val' });
    expect(await look()).toEqual([]);
    mkdirSync(folder);
    writeFileSync(join(folder, FILE), pytorch.subarray(0, 700));
    const before = await look();
    appendFileSync(join(folder, FILE), pytorch.subarray(700));
    const after = await look();
    expect([...before, ...after].filter((line) => line.includes('"Loss/val":'))).toHaveLength(4);
    cpSync(join(EVENTS, 'pytorch', FILE), join(folder, 'events.out.tfevents.1700000001.host'));
    expect(await end()).toEqual([]);
  });

  test('that hold something else are told to the user', async () => {
    const folder = aFolder();
    writeFileSync(join(folder, FILE), 'hello, this is no event file');
    const { look, notices } = reading(folder, { metric: 'Loss/val' });
    expect(await look()).toEqual([]);
    expect(notices).toEqual([
      `${join(folder, FILE)} is no TensorBoard event file, or is damaged: no more is read of it`,
    ]);
  });
});

describe('records', () => {
  test('are the same however the bytes are cut', () => {
    const whole = [...new Records().push(pytorch)].map((data) => Buffer.from(data));
    fc.assert(
      fc.property(fc.array(fc.nat(pytorch.length)), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), pytorch.length];
        const records = new Records();
        const found = places.slice(1).flatMap((end, i) => {
          return [...records.push(pytorch.subarray(places[i], end))].map((data) => Buffer.from(data));
        });
        expect(found).toEqual(whole);
      }),
    );
  });

  test('a huge one is skipped and costs no memory; the next is read', () => {
    const records = new Records();
    const huge = framed(Buffer.alloc(20 * MAX_RECORD_BYTES));
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < huge.length; at += 65_536) {
      expect([...records.push(huge.subarray(at, at + 65_536))]).toEqual([]);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * MAX_RECORD_BYTES);
    expect([...records.push(framed(Buffer.from('next')))].map(String)).toEqual(['next']);
  });

  test('one with damaged data is left out, the next is read; a damaged length ends the reading', () => {
    const damaged = framed(Buffer.from('damaged'));
    damaged[13]! ^= 1;
    const records = new Records();
    expect([...records.push(Buffer.concat([damaged, framed(Buffer.from('good'))]))].map(String)).toEqual(['good']);
    expect([records.damaged, records.isBroken]).toEqual([1, false]);
    const broken = framed(Buffer.from('x'));
    broken[0]! ^= 1;
    expect([...records.push(Buffer.concat([broken, framed(Buffer.from('good'))]))]).toEqual([]);
    expect(records.isBroken).toBe(true);
  });
});

test('whatever the bytes, an event is read or refused, and nothing worse', () => {
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(fc.nat(pytorch.length - 100), fc.nat(99), fc.nat(255)).map(([at, place, byte]) => {
      const piece = Buffer.from(pytorch.subarray(at, at + 100));
      piece[place] = byte;
      return new Uint8Array(piece);
    }),
  );
  fc.assert(
    fc.property(data, (bytes) => {
      try {
        for (const { tag, value } of eventOf(bytes).scalars)
          expect([typeof tag, typeof value]).toEqual(['string', 'number']);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('the check sum is that of the standard: "123456789" has CRC-32C e3069283', () => {
  const crc = 0xe3069283;
  expect(maskedCrc32c(Buffer.from('123456789'))).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
});
