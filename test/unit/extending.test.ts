/** docs/extending.md is true: its code, put into a copy of the project, is clean, found by the tests, and searches. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runsIn } from '../../cli/simulate/runs.ts';

const ROOT = join(import.meta.dirname, '../..');
const COPIED = [
  ...['src', 'operator', 'cli', 'test', 'benchmarks', 'examples', 'lint', 'crds', 'charts', 'docs'],
  ...['biome.json', 'package.json', 'tsconfig.json', 'vitest.config.ts', '.gitignore'],
];
const PAGE = readFileSync(join(ROOT, 'docs/extending.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'extending-'));

/** A block of the page: a whole file, or lines to add to one. */
interface Block {
  readonly kind: 'ts' | 'diff';
  readonly path: string;
  readonly lines: readonly string[];
}

function blocksIn(page: string): readonly Block[] {
  return [...page.matchAll(/^```(ts|diff) (\S+)\n(.*?)^```$/gms)].map(([, kind, path = '', text = '']) => ({
    kind: kind === 'ts' ? 'ts' : 'diff',
    path,
    lines: text.split('\n').slice(0, -1),
  }));
}

function apply({ kind, path, lines }: Block): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  const text = kind === 'ts' ? lines.map((line) => `${line}\n`).join('') : added(readFileSync(file, 'utf8'), lines);
  writeFileSync(file, text);
}

/** The text with the lines marked + added between the others, which stand there once. */
function added(text: string, lines: readonly string[]): string {
  const before = lines.filter((line) => !line.startsWith('+')).map((line) => `${line.slice(1)}\n`);
  const after = lines.map((line) => `${line.slice(1)}\n`);
  const parts = text.split(before.join(''));
  expect(parts, `where the page adds\n${lines.join('\n')}`).toHaveLength(2);
  return parts.join(after.join(''));
}

/** Runs a program in the copy, as from a terminal. */
async function run(program: string, ...args: readonly string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  const options = { cwd: folder, env, maxBuffer: 64 * 2 ** 20 };
  return promisify(execFile)(program, args, options).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => expect.fail(`${program} failed:\n${stdout}${stderr}`),
  );
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

const tool = (name: string): string => join(ROOT, 'node_modules/.bin', name);

beforeAll(() => {
  for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const block of blocksIn(PAGE)) apply(block);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the code of the page is clean to the linter and the compiler', { timeout: 180_000 }, async () => {
  await run(tool('biome'), 'check', '--error-on-warnings', 'src', 'operator');
  await run(tool('tsc'));
});

test('every file and folder it names is there', () => {
  const named = [...PAGE.matchAll(/`((?:src|test|cli|operator)\/[\w./-]*)`/g)].map(([, path = '']) => path);
  expect(named.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
  expect(named.length).toBeGreaterThan(10);
});

test('a Study can choose what it adds', async () => {
  expect(await run(process.execPath, 'operator/api/generate.ts')).toContain('crds/studies.yaml');
  const reference = readFileSync(join(folder, 'docs/study.md'), 'utf8');
  for (const name of ['SquaredExponential', 'ProbabilityOfImprovement', 'medianStopping'])
    expect(reference).toContain(name);
});

test('the tests it promises find what it adds, and pass', { timeout: 180_000 }, async () => {
  const files = [
    'src/kernels/kernels.test.ts',
    'src/acquisition/acquisition.test.ts',
    'test/unit/trouble.test.ts',
    'test/unit/searchers.test.ts',
    'cli/algorithms.test.ts',
  ];
  const only = ['-t', 'SquaredExponential|ProbabilityOfImprovement|medianStopping'];
  const reporter = ['--reporter', 'default', '--reporter', 'json', '--outputFile.json', 'report.json'];
  await run(tool('vitest'), 'run', '--project', 'unit', ...reporter, ...only, ...files);
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
  const passing = report.testResults
    .filter(({ assertionResults }) => assertionResults.some(({ status }) => status === 'passed'))
    .map(({ name }) => files.find((file) => name.endsWith(file)));
  expect(passing.toSorted()).toEqual(files.toSorted());
});

test('it searches: in virtual time, on a table', { timeout: 120_000 }, async () => {
  const small = 'initialRandom=2:fantasies=2';
  const methods = ['medianStopping', `abohb:kernel=SquaredExponential:acquisition=ProbabilityOfImprovement:${small}`];
  const flags = [
    '--tables',
    'benchmarks/tables/mlp-digits.json.gz',
    '--workers',
    '2',
    '--horizon',
    '2',
    '--seeds',
    '0',
  ];
  await run(
    process.execPath,
    'cli/main.ts',
    'simulate',
    '--algorithm',
    methods.join(),
    ...flags,
    '--out',
    'runs.jsonl',
  );
  const runs = runsIn(readFileSync(join(folder, 'runs.jsonl'), 'utf8'), 'runs.jsonl');
  expect(runs.map(({ method }) => method)).toEqual(methods);
  for (const { trials, at } of runs) {
    expect(trials).toBeGreaterThan(4);
    expect(at['2.0']).toBeLessThan(0.2);
  }
});
