/** The linter holds the borders between the parts: each kind of violation, planted, is reported. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

interface Planted {
  readonly path: string;
  readonly code: string;
  /** The rule that must report it; undefined for code that is clean. */
  readonly rule?: string;
}

const RESTRICTED = 'lint/style/noRestrictedImports';
const imports = (module: string): string => `import { thing } from '${module}';\n\nexport const other = thing;\n`;

/** What the planted files import. */
const NEIGHBOURS: readonly string[] = [
  'src/neighbour.ts',
  'src/space/neighbour.ts',
  'operator/neighbour.ts',
  'operator/api/neighbour.ts',
  'operator/kube/neighbour.ts',
  'cli/neighbour.ts',
  'test/neighbour.ts',
];

const PLANTED: Readonly<Record<string, Planted>> = {
  'the engine reads a file': { path: 'src/reads.ts', code: imports('node:fs'), rule: RESTRICTED },
  'the engine reads a file in a folder below': {
    path: 'src/space/reads.ts',
    code: imports('node:fs'),
    rule: RESTRICTED,
  },
  'the engine uses a package of the shell': { path: 'src/validates.ts', code: imports('zod'), rule: RESTRICTED },
  'the engine imports the operator': {
    path: 'src/operates.ts',
    code: imports('../operator/neighbour.ts'),
    rule: RESTRICTED,
  },
  'a folder of the engine imports the operator': {
    path: 'src/space/operates.ts',
    code: imports('../../operator/neighbour.ts'),
    rule: RESTRICTED,
  },
  'the engine imports the command line': {
    path: 'src/commands.ts',
    code: imports('../cli/neighbour.ts'),
    rule: RESTRICTED,
  },
  'the engine imports help for tests': {
    path: 'src/tested.ts',
    code: imports('../test/neighbour.ts'),
    rule: RESTRICTED,
  },
  'the engine throws dice': {
    path: 'src/dice.ts',
    code: 'export const dice = (): number => Math.random();\n',
    rule: 'plugin',
  },
  'a folder of the engine throws dice': {
    path: 'src/space/dice.ts',
    code: 'export const dice = (): number => Math.random();\n',
    rule: 'plugin',
  },
  'the engine hands dice on': {
    path: 'src/hands.ts',
    code: 'export const dice: () => number = Math.random;\n',
    rule: 'plugin',
  },
  ...Object.fromEntries(
    [
      'Date.now()',
      'new Date()',
      'performance.now()',
      "process.env['HOME']",
      "fetch('http://x')",
      "console.log('x')",
      'crypto.randomUUID()',
      'globalThis.Date.now()',
      'setTimeout(String, 1)',
    ].map((code, i): [string, Planted] => [
      `the engine uses ${code}`,
      {
        path: `src/global${i}.ts`,
        code: `export const used = (): unknown => ${code};\n`,
        rule: 'lint/style/noRestrictedGlobals',
      },
    ]),
  ),
  'a controller goes past the port to the cluster': {
    path: 'operator/controllers/direct.ts',
    code: imports('@kubernetes/client-node'),
    rule: RESTRICTED,
  },
  'the transport knows of Studies': {
    path: 'operator/kube/knows.ts',
    code: imports('../api/neighbour.ts'),
    rule: RESTRICTED,
  },
  'the transport knows the engine': {
    path: 'operator/kube/engine.ts',
    code: imports('../../src/neighbour.ts'),
    rule: RESTRICTED,
  },
  'the operator imports the command line': {
    path: 'operator/commands.ts',
    code: imports('../cli/neighbour.ts'),
    rule: RESTRICTED,
  },
  'the transport imports the command line': {
    path: 'operator/kube/commands.ts',
    code: imports('../../cli/neighbour.ts'),
    rule: RESTRICTED,
  },
  'the operator imports help for tests': {
    path: 'operator/tested.ts',
    code: imports('../test/neighbour.ts'),
    rule: RESTRICTED,
  },
  'a default export': { path: 'operator/default.ts', code: 'export default 1;\n', rule: 'lint/style/noDefaultExport' },
  'a barrel': {
    path: 'operator/barrel.ts',
    code: "export * from './neighbour.ts';\n",
    rule: 'lint/performance/noBarrelFile',
  },
  'an import cycle': { path: 'src/cycle-a.ts', code: imports('./cycle-b.ts'), rule: 'lint/suspicious/noImportCycles' },
  'a promise nobody waits for': {
    path: 'operator/floats.ts',
    code: 'async function later(): Promise<void> {}\n\nexport function now(): void {\n  later();\n}\n',
    rule: 'lint/nursery/noFloatingPromises',
  },
  'the engine imports its own parts and its numeric packages': {
    path: 'src/space/clean.ts',
    code: `import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';\nimport { thing } from '../neighbour.ts';\nimport { thing as near } from './neighbour.ts';\n\nexport const all = [uniformFloat64, thing, near];\n`,
  },
  'the operator imports the engine and the transport': {
    path: 'operator/controllers/clean.ts',
    code: `import { thing } from '../../src/neighbour.ts';\nimport { thing as far } from '../kube/neighbour.ts';\n\nexport const all = [thing, far];\n`,
  },
  'the transport uses the client': { path: 'operator/kube/clean.ts', code: imports('@kubernetes/client-node') },
  'a test beside the engine reads a file': { path: 'src/clean.test.ts', code: imports('node:fs') },
};

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string | { readonly file: string } };
}

const folder = mkdtempSync(join(tmpdir(), 'borders-'));
let found: readonly Diagnostic[] = [];

function plant(path: string, code: string): void {
  const at = join(folder, path);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, code);
}

beforeAll(async () => {
  for (const kept of ['biome.json', 'lint', 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, kept), join(folder, kept), { recursive: true });
  }
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const path of NEIGHBOURS) plant(path, 'export const thing = 1;\n');
  plant('src/cycle-b.ts', imports('./cycle-a.ts'));
  for (const { path, code } of Object.values(PLANTED)) plant(path, code);
  const biome = join(ROOT, 'node_modules/.bin/biome');
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.'];
  const { stdout } = await promisify(execFile)(biome, args, { cwd: folder }).catch(
    // It exits with 1 because it has found something.
    (error: { stdout: string; stderr: string }) => error,
  );
  found = (JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics;
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

test.each(Object.entries(PLANTED))('%s', (_, { path, rule }) => {
  const rules = found
    .filter(({ location }) => (typeof location.path === 'string' ? location.path : location.path.file).endsWith(path))
    .map(({ category }) => category);
  if (rule === undefined) expect(rules).toEqual([]);
  else expect(rules).toContain(rule);
});
