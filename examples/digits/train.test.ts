import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('train.mjs', import.meta.url));

/** Small enough for a test, and good enough to learn. */
const GOOD = ['--lr=0.01', '--units=32', '--batch=16', '--seed=7'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digits-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly status: number;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Runs the trainer to its end; with `checkpoint`, it saves to that folder and continues from there. */
function train(args: readonly string[], checkpoint?: string): Promise<Outcome> {
  const env = { ...process.env, ABOHB_CHECKPOINT_DIR: checkpoint };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [SCRIPT, ...args], { env }, (_, stdout, errors) => {
      resolve({ status: child.exitCode ?? -1, lines: stdout.split('\n').slice(0, -1), errors });
    });
  });
}

test('a good configuration reads more than nine digits of ten after five epochs', async () => {
  const { status, lines } = await train([...GOOD, '--epochs=5']);
  const reports = lines.map((line) => JSON.parse(line));
  expect(status).toBe(0);
  expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
  expect(reports.at(-1).val_error).toBeLessThan(0.1);
  expect(reports.at(-1).train_loss).toBeLessThan(reports[0].train_loss);
});

test('a seed gives the same values every time, another seed gives others', async () => {
  const first = await train([...GOOD, '--epochs=2']);
  expect(await train([...GOOD, '--epochs=2'])).toEqual(first);
  expect(await train([...GOOD, '--epochs=2', '--seed=8'])).not.toEqual(first);
});

test('a value is the same whether the training ends there or goes on', async () => {
  const short = await train([...GOOD, '--epochs=1']);
  const long = await train([...GOOD, '--epochs=2']);
  expect(long.lines[0]).toBe(short.lines[0]);
});

test.each([
  ['sgd', ['--optimizer=sgd', '--momentum=0.9']],
  ['adam with dropout', ['--optimizer=adam', '--dropout=0.3', '--layers=2', '--weight-decay=0.01']],
])('a run of %s continued from its checkpoint equals an uninterrupted one', async (_, flags) => {
  const uninterrupted = await train([...GOOD, ...flags, '--epochs=4']);
  const begun = await train([...GOOD, ...flags, '--epochs=2'], folder);
  const resumed = await train([...GOOD, ...flags, '--epochs=4'], folder);
  expect(begun.lines).toEqual(uninterrupted.lines.slice(0, 2));
  expect(resumed.lines).toEqual(uninterrupted.lines.slice(1));
});

test('a run killed at any moment continues with the values of an uninterrupted one', async () => {
  const args = [...GOOD, '--epochs=20'];
  const victim = spawn(process.execPath, [SCRIPT, ...args], { env: { ...process.env, ABOHB_CHECKPOINT_DIR: folder } });
  const seen: string[] = [];
  for await (const line of createInterface(victim.stdout)) {
    seen.push(line);
    if (seen.length === 3) victim.kill('SIGKILL');
  }
  if (victim.signalCode === null && victim.exitCode === null) await once(victim, 'exit');
  const resumed = await train(args, folder);
  const uninterrupted = await train(args);
  expect(uninterrupted.lines.slice(0, seen.length)).toEqual(seen);
  expect(resumed.lines.length).toBeGreaterThanOrEqual(uninterrupted.lines.length - seen.length);
  expect(resumed.lines).toEqual(uninterrupted.lines.slice(-resumed.lines.length));
});

test('a finished run that is started again reports its last value again', async () => {
  const { lines } = await train([...GOOD, '--epochs=2'], folder);
  expect(await train([...GOOD, '--epochs=2'], folder)).toMatchObject({ status: 0, lines: lines.slice(-1) });
});

test('a checkpoint of other settings is refused', async () => {
  await train([...GOOD, '--epochs=1'], folder);
  const { status, errors } = await train([...GOOD, '--epochs=2', '--units=16'], folder);
  expect(status).toBe(64);
  expect(errors).toContain(`the checkpoint in ${folder} is of other settings`);
});

test('an empty flag counts as not given', async () => {
  const plain = await train([...GOOD, '--epochs=1']);
  expect(await train([...GOOD, '--epochs=1', '--momentum='])).toEqual(plain);
});

test.each([
  ['--lr=0', '--lr must be a number above 0, not "0"'],
  ['--lr=fast', '--lr must be a number above 0, not "fast"'],
  ['--units=1.5', '--units must be an integer from 1 to 4096, not "1.5"'],
  ['--layers=3', '--layers must be an integer from 1 to 2, not "3"'],
  ['--optimizer=lbfgs', '--optimizer must be sgd or adam, not "lbfgs"'],
  ['--momentum=1', '--momentum must be a number from 0 to below 1, not "1"'],
  ['--learning-rate=1', "Unknown option '--learning-rate'"],
])('%s is refused in one line', async (flag, message) => {
  expect(await train([flag])).toEqual({ status: 64, lines: [], errors: `train.mjs: ${message}\n` });
});

test('training that diverges says NaN and goes on', async () => {
  const { status, lines } = await train(['--optimizer=sgd', '--lr=1', '--weight-decay=1000', '--epochs=4']);
  expect(status).toBe(0);
  expect(lines.at(-1)).toBe('{"epoch": 4, "val_error": NaN, "train_loss": NaN}');
});
