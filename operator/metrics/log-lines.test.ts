import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_LINE_BYTES } from './lines.ts';
import { LogLines } from './log-lines.ts';

const AT = '2030-01-01T00:00:00.123456789Z';
const MS = Date.parse(AT);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function texts(...chunks: readonly Uint8Array[]): readonly string[] {
  const lines = new LogLines();
  return [...chunks.flatMap((chunk) => [...lines.push(chunk)]), ...lines.end()].map(({ text }) => text);
}

const read = (lines: LogLines, text: string): unknown =>
  [...lines.push(bytes(text))].map((line) => ({ at: line.at, text: line.text }));

test('a line has a time and a text', () => {
  expect(read(new LogLines(), `${AT} epoch 1\n`)).toEqual([{ at: MS, text: 'epoch 1' }]);
});

test('lines are the same however the bytes are cut, in the middle of a character too', () => {
  const log = `${AT} één ☃ 😀\n${AT} 5%\r\r10%\r\n${AT} \n${AT} last`;
  fc.assert(
    fc.property(fc.array(fc.nat(bytes(log).length)), (cuts) => {
      const all = bytes(log);
      const places = [0, ...cuts.sort((a, b) => a - b), all.length];
      const chunks = places.slice(1).map((end, i) => all.slice(places[i], end));
      expect(texts(...chunks)).toEqual(['één ☃ 😀', '5%', '10%', '', 'last']);
    }),
  );
});

test('a chunk that is used again by whoever sent it does not change what was read', () => {
  const lines = new LogLines();
  const chunk = bytes(`${AT} half`);
  expect([...lines.push(chunk)]).toEqual([]);
  chunk.fill(0x78);
  expect(read(lines, ' and half\n')).toEqual([{ at: MS, text: 'half and half' }]);
});

test('a line without a time is the rest of one that began before the log was asked for; as the last it is none', () => {
  const lines = new LogLines();
  expect(read(lines, `rest\n${AT} good\n`)).toEqual([
    { at: Number.NaN, text: 'rest' },
    { at: MS, text: 'good' },
  ]);
  expect(read(lines, 'unable to retrieve container logs\n')).toEqual([]);
  expect(lines.words).toBe('unable to retrieve container logs');
});

test('a carriage return ends a line; what follows has the time of what came before', () => {
  const lines = new LogLines();
  expect(read(lines, `${AT} \r 50%|##  |\r100%|####|`)).toEqual([
    { at: MS, text: '' },
    { at: MS, text: ' 50%|##  |' },
  ]);
  expect(read(lines, ' done\r\n')).toEqual([{ at: MS, text: '100%|####| done' }]);
});

test('bytes that are no UTF-8 harm only themselves', () => {
  expect(texts(new Uint8Array([...bytes(`${AT} a`), 0xff, 0xfe, 0x0a]), bytes(`${AT} b\n`))).toEqual([
    'a\u{fffd}\u{fffd}',
    'b',
  ]);
});

test('of a line of 10 MB only the end is kept, it is counted, and costs no memory; the next is read', () => {
  const lines = new LogLines();
  const before = process.memoryUsage().arrayBuffers;
  const piece = bytes('x'.repeat(32 * 1024));
  expect([...lines.push(bytes(`${AT} `))]).toEqual([]);
  for (let sent = 0; sent < 10 * 1024 * 1024; sent += piece.length) expect([...lines.push(piece)]).toEqual([]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5 * 1024 * 1024);
  expect(read(lines, `end\n${AT} next\n`)).toEqual([
    { at: MS, text: `${'x'.repeat(4093)}end` },
    { at: MS, text: 'next' },
  ]);
  expect(lines.cut).toBe(1);
});

test('the longest line that is kept', () => {
  const longest = 'x'.repeat(MAX_LINE_BYTES - AT.length - 1);
  expect(texts(bytes(`${AT} ${longest}\n`))).toEqual([longest]);
  expect(texts(bytes(`${AT} ${longest}x\n`))).toEqual(['x'.repeat(4096)]);
});
