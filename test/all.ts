/**
 * `make test`: all checks and all rings of tests, in order of what they cost. What the last two run on is built meanwhile.
 * Says in one line which ring could not run here; in CI (CI=true) that is a failure, but for a real node without Linux or
 * without root.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const CHECKS: readonly Step[] = [
  { name: 'lint and types', command: ['npm', 'run', '--silent', 'lint'] },
  { name: 'generated files', command: ['node', 'operator/api/generate.ts', '--check'] },
  { name: 'conformance', command: ['node', 'test/conformance/run.ts'] },
];

const RINGS = ['unit', 'simulation', 'cluster', 'node'] as const;

function start(command: readonly string[], stdio: 'inherit' | 'ignore' = 'inherit'): ChildProcess {
  const [program = '', ...args] = command;
  return spawn(program, args, { stdio: ['ignore', stdio, stdio] });
}

function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed and why: said again at the end, where whoever sees nothing but the last lines finds it. */
  readonly failures: string[];
}

async function ring(name: string, tally: Tally): Promise<boolean> {
  const file = join(tmpdir(), `abohb-${process.pid}-${name}.json`);
  const command = [
    'vitest',
    'run',
    '--project',
    name,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  const code = await exitCode(start(command));
  const result = report.safeParse(JSON.parse(await readFile(file, 'utf8').catch(() => '{}')));
  await rm(file, { force: true });
  if (!result.success) {
    tally.failed += 1;
    return false;
  }
  tally.passed += result.data.numPassedTests;
  tally.failed += result.data.numFailedTests;
  tally.skipped += result.data.numPendingTests;
  tally.failures.push(...failuresIn(result.data));
  return code === 0 && result.data.success;
}

const REASON_LINES = 12;

function failuresIn({ testResults }: z.infer<typeof report>): readonly string[] {
  const told = (what: string, why: string): string => {
    const all = stripVTControlCharacters(why).trim().split('\n');
    const lines = all.filter((line) => !line.includes('/node_modules/')).slice(0, REASON_LINES);
    return [`✗ ${what}`, ...lines.map((line) => `    ${line}`)].join('\n');
  };
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((result) => result.status === 'failed');
    // One that could not be loaded, or set up, has no failed test of its own.
    if (failed.length === 0) return status === 'failed' ? [told(file, message)] : [];
    return failed.map(({ fullName, failureMessages }) =>
      told(`${file} › ${fullName}`, failureMessages?.join('\n') ?? ''),
    );
  });
}

async function main(): Promise<void> {
  // The slowest thing first, in the background; its own messages come when the ring that needs it waits for it.
  const build = start(['node', 'test/cluster/harness/build.ts'], 'ignore');
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const seconds = new Map<string, number>();
  const timed = async (name: string, run: () => Promise<boolean>): Promise<void> => {
    process.stdout.write(`\n── ${name}\n`);
    const from = performance.now();
    const ok = await run();
    seconds.set(name, Math.round((performance.now() - from) / 1000));
    if (!ok) failed.push(name);
  };
  const failed: string[] = [];
  for (const { name, command } of CHECKS) {
    await timed(name, async () => {
      const ok = (await exitCode(start(command))) === 0;
      tally[ok ? 'passed' : 'failed'] += 1;
      return ok;
    });
  }
  for (const name of RINGS) await timed(`ring: ${name}`, () => ring(name, tally));
  build.kill();
  for (const failure of tally.failures) process.stdout.write(`\n${failure}\n`);
  process.stdout.write(`\n${[...seconds].map(([name, s]) => `${name} ${s} s`).join(', ')}\n`);
  if (failed.length > 0) process.stdout.write(`failed: ${failed.join(', ')}\n`);
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

await main();
