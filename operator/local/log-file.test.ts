import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile, readLog } from './log-file.ts';

const AT = '2026-01-02T03:04:05.678000000Z';
const now = () => Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const never = new AbortController().signal;

let dir: string;
let path: string;
let log: LogFile;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'log-'));
  path = join(dir, 'lab', 'pod.log');
  log = new LogFile(path, now);
});
afterEach(() => rmSync(dir, { recursive: true }));

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

test('each line carries its time; lines of two streams do not mix, whatever pieces they come in', async () => {
  const [out, err] = [log.stream(), log.stream()];
  out(Buffer.from('one\ntw'));
  err(Buffer.from('an '));
  out(Buffer.from('o\n\n'));
  err(Buffer.from('error\nthe end'));
  log.close();
  const text = ['one', 'two', '', 'an error', 'the end'].map((line) => `${AT} ${line}\n`).join('');
  expect(await textOf(log.read(never))).toBe(text);
  expect(await textOf(readLog(path, never))).toBe(text);
});

test('a character that is cut in two stays whole', async () => {
  const out = log.stream();
  const bytes = Buffer.from('ä€\n');
  for (const byte of bytes) out(Buffer.of(byte));
  log.close();
  expect(await textOf(readLog(path, never))).toBe(`${AT} ä€\n`);
});

test('a reader follows as it grows, and ends when it is closed', async () => {
  const out = log.stream();
  const chunks = log.read(never);
  const first = chunks.next();
  out(Buffer.from('one\n'));
  expect(Buffer.from((await first).value!).toString()).toBe(`${AT} one\n`);
  const second = chunks.next();
  out(Buffer.from('two\n'));
  expect(Buffer.from((await second).value!).toString()).toBe(`${AT} two\n`);
  const third = chunks.next();
  log.close();
  expect((await third).done).toBe(true);
});

test('a reader that waits ends when its signal aborts', async () => {
  const controller = new AbortController();
  const next = log.read(controller.signal).next();
  controller.abort();
  expect((await next).done).toBe(true);
  log.close();
});

test('a line of ten megabytes that never ends is split', async () => {
  const out = log.stream();
  for (let i = 0; i < 160; i++) out(Buffer.alloc(1 << 16, 'x'));
  log.close();
  const lines = (await textOf(readLog(path, never))).trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(8);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1.2e6);
  expect(lines.map((line) => line.slice(AT.length + 1)).join('')).toBe('x'.repeat(160 << 16));
});

test('there is no log where nothing was started', async () => {
  expect(await textOf(readLog(join(dir, 'none.log'), never))).toBe('');
});
