import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { configArgument, readConfigArgument, type SidecarConfig } from './config.ts';
import { aFolder } from './testing/folder.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
const report = (epoch: number): string => `{"epoch":${epoch},"val_error":0.5}`;

function config(path: string): SidecarConfig {
  return { names: { resource: 'epoch', metric: 'val_error' }, source: { kind: 'file', path, format: 'JSON' } };
}

function started(argument: string) {
  const child = spawn(process.execPath, [MAIN, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

describe('the sidecar as a process', () => {
  test('prints reports as they come; told to end it prints what is left and exits with 0', async () => {
    const path = join(aFolder(), 'train.jsonl');
    const { child, lines } = started(configArgument(config(path)));
    writeFileSync(path, `${report(1)}\n`);
    expect((await lines.next()).value).toBe(report(1));
    appendFileSync(path, report(2));
    child.kill('SIGTERM');
    expect((await lines.next()).value).toBe(report(2));
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('says in one line what is wrong with its argument', async () => {
    const { child } = started('nonsense');
    const [text] = (await once(child.stderr, 'data')) as [Buffer];
    expect(text.toString()).toMatch(/^abohb sidecar: [^\n]+\n$/);
    expect(await once(child, 'exit')).toEqual([1, null]);
  });
});

test('its argument is the same before and after, and holds no dollar that Kubernetes would replace', () => {
  const before = config('/metrics/$(HOME)/$$x.jsonl');
  expect(readConfigArgument(configArgument(before))).toEqual(before);
  expect(configArgument(before)).not.toContain('$');
});

/** What a file imports, at once or when it comes to that. */
function loadedBy(file: string): readonly string[] {
  const found = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type ).*from '([^']+)';|import\('([^']+)'\)/gm,
  );
  return [...found].map(([, first, later = '']) => first ?? later);
}

test('it waits for a signal before it loads anything: code may end as soon as it has begun', () => {
  const [before = '', after = ''] = readFileSync(MAIN, 'utf8').split('process.on(');
  expect(before).not.toContain('import');
  expect(after).toContain("import('./run.ts')");
});

test('it is small: nothing is loaded but itself, three files about reports, and Node', () => {
  const root = resolve(dirname(MAIN), '../..');
  const seen = new Set<string>();
  const external = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const from of loadedBy(file)) {
      if (from.startsWith('.')) visit(resolve(dirname(file), from));
      else external.add(from.split(':')[0] ?? '');
    }
  };
  visit(MAIN);
  const others = [...seen].map((file) => relative(root, file)).filter((file) => !file.startsWith('operator/sidecar/'));
  expect(others.toSorted()).toEqual(['json', 'lines', 'reading'].map((name) => `operator/metrics/${name}.ts`));
  expect([...external]).toEqual(['node']);
});
