/**
 * The demo's search against random search that may spend the same number of epochs: `make bench`, or
 * `node benchmarks/demo-vs-random.ts SEED…` for other seeds (default: the Study's own). Trains for real.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const EXAMPLE = join(ROOT, 'examples/digits');

interface Spec {
  seed?: number;
  algorithm?: unknown;
  limits: { maxTrials?: number };
  resource: { max: number };
}

interface StudyFile {
  metadata: { name: string };
  spec: Spec;
}

interface Outcome {
  readonly method: string;
  readonly seed: number;
  readonly trials: number;
  readonly epochs: number;
  readonly best: number;
  readonly seconds: number;
}

/** Runs a Study with `abohb run` in a folder of its own; its code is found beside the example. */
function run(method: string, seed: number, change: (spec: Spec) => void): Outcome {
  const study = parse(readFileSync(join(EXAMPLE, 'study.yaml'), 'utf8')) as StudyFile;
  study.metadata.name = `${method}-${seed}`;
  study.spec.seed = seed;
  change(study.spec);
  const folder = mkdtempSync(join(tmpdir(), 'abohb-bench-'));
  mkdirSync(folder, { recursive: true });
  const file = join(EXAMPLE, `.bench-${study.metadata.name}.yaml`);
  writeFileSync(file, stringify(study));
  const from = performance.now();
  const child = spawnSync(process.execPath, [join(ROOT, 'cli/main.ts'), 'run', file, '--dir', folder], {
    stdio: 'ignore',
  });
  const seconds = (performance.now() - from) / 1000;
  spawnSync('rm', [file]);
  if (child.status !== 0) throw new Error(`${method} with seed ${seed} ended with ${child.status}`);
  const results = JSON.parse(readFileSync(join(folder, study.metadata.name, 'results/results.json'), 'utf8')) as {
    items: {
      kind: string;
      status: { usage: { resource: number }; best: { value: number }; trials: { created: number } };
    }[];
  };
  const status = results.items.find(({ kind }) => kind === 'Study')?.status;
  if (!status) throw new Error(`${method} with seed ${seed} has no results`);
  return {
    method,
    seed,
    trials: status.trials.created,
    epochs: status.usage.resource,
    best: status.best.value,
    seconds,
  };
}

function show({ method, seed, trials, epochs, best, seconds }: Outcome): void {
  const columns = [
    method.padEnd(8),
    `seed ${seed}`,
    `${trials} trials`,
    `${epochs} epochs`,
    `val_error ${best.toFixed(4)}`,
  ];
  process.stdout.write(`${columns.join('  ')}  ${seconds.toFixed(0)} s\n`);
}

const seeds = process.argv.slice(2).map(Number);
for (const seed of seeds.length > 0 ? seeds : [17]) {
  const search = run('demo', seed, () => undefined);
  show(search);
  const random = run('random', seed, (spec) => {
    spec.algorithm = { randomSearch: {} };
    spec.limits = { maxTrials: Math.ceil(search.epochs / spec.resource.max) };
  });
  show(random);
}
