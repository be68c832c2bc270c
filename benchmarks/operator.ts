/**
 * One operator with many Studies on a real control plane, its pods played: how soon losers are stopped, how much is
 * written, how much memory and processor time it takes. `node benchmarks/operator.ts --help`.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { REPORTS_ANNOTATION } from '../operator/api/common.ts';
import { STUDY, type Study } from '../operator/api/study.ts';
import { TRIAL, type Trial } from '../operator/api/trial.ts';
import { isTrue } from '../operator/conditions.ts';
import { connect } from '../operator/kube/api-server.ts';
import type { Cluster } from '../operator/kube/cluster.ts';
import type { Lease } from '../operator/kube/kinds.ts';
import { LEASE } from '../operator/kube/kinds.ts';
import { type ControlPlane, startControlPlane } from '../test/cluster/harness/control-plane.ts';
import { type Kubelets, startKubelets } from '../test/cluster/harness/kubelet.ts';
import { installChart, startOperatorProcess } from '../test/cluster/harness/operator-process.ts';
import { freePort } from '../test/cluster/harness/processes.ts';
import { programsFor } from '../test/cluster/harness/programs.ts';
import type { Rest } from '../test/cluster/harness/rest.ts';
import { deletions, latency, reportToDeletion, reportToSignal, writes } from './operator/figures.ts';
import { Diary, type Load, type Report, script, studies } from './operator/load.ts';
import { processesIn, type Usage, usageOf } from './operator/processes.ts';
import { readTable } from './tables.ts';

const TABLE = 'mlp-digits';
const PODS_PER_NODE = 110;
const SAMPLE_MS = 5_000;

const HELP = `node benchmarks/operator.ts [options]
  --studies N          Studies at once (10)
  --parallelism N      pods at once, of each Study (100)
  --trials N           trials of each Study (1000)
  --epoch-seconds S    mean duration of an epoch (40)
  --seconds S          end the measurement after so long, Studies ended or not
  --metrics WAY        log or annotation (log)
  --slow NAME          algorithm of the last Study (abohb); the others use asynchronousHyperband
  --out FILE           the figures as JSON`;

interface Sample {
  readonly second: number;
  readonly trials: number;
  readonly running: number;
  readonly ended: number;
  readonly usage: Readonly<Record<string, Usage | undefined>>;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      studies: { type: 'string', default: '10' },
      parallelism: { type: 'string', default: '100' },
      trials: { type: 'string', default: '1000' },
      'epoch-seconds': { type: 'string', default: '40' },
      seconds: { type: 'string', default: 'Infinity' },
      metrics: { type: 'string', default: 'log' },
      slow: { type: 'string', default: 'abohb' },
      out: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return void process.stdout.write(`${HELP}\n`);
  const load: Load = {
    studies: Number(values.studies),
    parallelism: Number(values.parallelism),
    trials: Number(values.trials),
    epochSeconds: Number(values['epoch-seconds']),
    metrics: values.metrics === 'annotation' ? 'annotation' : 'log',
    algorithm: { asynchronousHyperband: {} },
    slow: { [values.slow]: {} },
  };
  const plane = await startControlPlane();
  try {
    const figures = await measure(plane, load, Number(values.seconds));
    if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify({ load, ...figures }, null, 2)}\n`);
    process.stdout.write(`${JSON.stringify({ ...figures, samples: undefined }, null, 2)}\n`);
  } finally {
    await plane.stop();
  }
}

async function measure(plane: ControlPlane, load: Load, atMostSeconds: number): Promise<object> {
  const table = readTable(TABLE);
  const diary = new Diary();
  const report = load.metrics === 'log' ? printed : annotating(plane.admin);
  const namespace = await plane.namespace('team');
  const installed = await installChart(plane, []);
  const { kubectl } = await programsFor(plane.kubeconfig);
  const count = Math.ceil((load.studies * load.parallelism * 1.2) / PODS_PER_NODE) + 1;
  const nodes = Array.from({ length: count }, (_, i) => ({
    name: `node-${i}`,
    gpus: PODS_PER_NODE,
    pods: PODS_PER_NODE,
  }));
  const kubelets = await startKubelets({
    kubeconfig: plane.kubeconfig,
    nodes,
    script: (pod) => script(pod, { table, load, diary, report }),
  });
  const port = await freePort();
  // As the image has it: compiled.
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' });
  const operator = startOperatorProcess({ ...installed, namespaces: [], port, program: 'dist/operator/main.js' });
  const cluster = connect({ version: 'benchmark', kubeconfig: plane.kubeconfig });
  try {
    for (const { manifest } of studies(load, table))
      await kubectl(['create', '--namespace', namespace, '-f', '-'], JSON.stringify(manifest));
    const watched = await watch({
      plane,
      load,
      cluster,
      namespace,
      kubelets,
      operator: operator.pid ?? 0,
      system: installed.system,
      atMostSeconds,
    });
    const trials = await all<Trial>(cluster, TRIAL, namespace);
    const requests = await busiest(plane.admin);
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return {
      ...summary(trials, watched),
      largestBytes: await largest(plane.admin, namespace),
      ...moments(trials, diary, operator.logFile),
      ...costs(page, trials),
      heapMiB: heap(page),
      requests,
    };
  } finally {
    await operator.stop();
    await kubelets.stop();
  }
}

/** Largest object of each kind as the server keeps it, in bytes of JSON: what it notes of owners included. */
async function largest(admin: Rest, namespace: string): Promise<Readonly<Record<string, number>>> {
  const sizes: Record<string, number> = {};
  for (const plural of ['studies', 'trials']) {
    const path = `/apis/abohb.dev/v1alpha1/namespaces/${namespace}/${plural}`;
    const { items } = await admin.call<{ items: readonly unknown[] }>('GET', path);
    sizes[plural] = Math.max(0, ...items.map((item) => Buffer.byteLength(JSON.stringify(item))));
  }
  return sizes;
}

/** What the API server answered most often, by anybody. */
async function busiest(admin: Rest): Promise<Readonly<Record<string, number>>> {
  const counts = new Map<string, number>();
  for (const line of (await admin.text('/metrics')).split('\n')) {
    const match = /^apiserver_request_total\{(?<labels>.*)\} (?<count>\S+)$/.exec(line);
    if (!match?.groups) continue;
    const label = (name: string): string =>
      new RegExp(`${name}="([^"]*)"`).exec(match.groups?.['labels'] ?? '')?.[1] ?? '';
    const name = [label('verb'), label('resource'), label('subresource')].filter((word) => word !== '').join(' ');
    counts.set(name, (counts.get(name) ?? 0) + Number(match.groups['count']));
  }
  return Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1]).slice(0, 25));
}

const printed: Report = async (_, level, value, print) => print(`{"epoch": ${level}, "val_error": ${value}}`);

/** What a trial's own code does: the list grows by one. */
function annotating(admin: Rest): Report {
  const lists = new Map<string, unknown[]>();
  return async ({ metadata }, epoch, value) => {
    const list = [...(lists.get(metadata.name) ?? []), { epoch, val_error: value }];
    lists.set(metadata.name, list);
    const annotations = { [REPORTS_ANNOTATION]: JSON.stringify(list) };
    const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
    await admin.call('PATCH', path, { body: { metadata: { annotations } } });
  };
}

interface Watched {
  readonly samples: readonly Sample[];
  readonly seconds: number;
  /** Longest time the lease went without being renewed, as seen every few seconds. */
  readonly leaseGap: number;
}

interface Watching {
  readonly plane: ControlPlane;
  readonly load: Load;
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly kubelets: Kubelets;
  readonly operator: number;
  readonly system: string;
  readonly atMostSeconds: number;
}

/** Until all Studies have ended: one line every few seconds. */
async function watch(watching: Watching): Promise<Watched> {
  const { plane, load, cluster, namespace, kubelets, operator, system, atMostSeconds } = watching;
  const pids = { operator, ...Object.fromEntries(processesIn(dirname(plane.kubeconfig))), kubelets: process.pid };
  const startedAt = Date.now();
  const samples: Sample[] = [];
  let leaseGap = 0;
  for (;;) {
    const found = await all<Study>(cluster, STUDY, namespace);
    const sum = (of: (study: Study) => number | undefined): number =>
      found.reduce((s, study) => s + (of(study) ?? 0), 0);
    const usage = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, usageOf(pid)]));
    const lease: Lease | undefined = await cluster.get(LEASE, { namespace: system, name: 'abohb' });
    if (lease?.spec.renewTime) leaseGap = Math.max(leaseGap, (Date.now() - Date.parse(lease.spec.renewTime)) / 1000);
    const sample = {
      second: Math.round((Date.now() - startedAt) / 1000),
      trials: sum(({ status }) => status?.trials?.created),
      running: kubelets.alive().length,
      ended: found.filter(({ status }) => !isTrue(status?.conditions, 'Succeeded')).length,
      usage,
    };
    samples.push(sample);
    const mebibytes = Math.round((usage['operator']?.memory ?? 0) / 2 ** 20);
    process.stderr.write(
      `${sample.second} s: ${sample.trials} of ${load.studies * load.trials} trials, ${sample.running} pods, ${mebibytes} MiB\n`,
    );
    const isOver = found.length > 0 && found.every(({ status }) => isTrue(status?.conditions, 'Succeeded'));
    if (isOver || sample.second > atMostSeconds) break;
    await sleep(SAMPLE_MS);
  }
  return { samples, seconds: (Date.now() - startedAt) / 1000, leaseGap };
}

async function all<T extends Study | Trial>(
  cluster: Cluster,
  kind: typeof STUDY | typeof TRIAL,
  namespace: string,
): Promise<readonly T[]> {
  const { signal } = new AbortController();
  return (await cluster.list<Study | Trial>(kind as never, { namespace }, signal)).items as readonly T[];
}

function summary(trials: readonly Trial[], { samples, seconds, leaseGap }: Watched): object {
  const first = samples[0];
  const last = samples.at(-1);
  const names = Object.keys(last?.usage ?? {});
  const cpu = (name: string): number => (last?.usage[name]?.cpu ?? 0) - (first?.usage[name]?.cpu ?? 0);
  const memory = samples.map(({ usage }) => (usage['operator']?.memory ?? 0) / 2 ** 20);
  const third = Math.floor(memory.length / 3);
  return {
    seconds,
    trials: trials.length,
    trialsPerSecond: trials.length / seconds,
    mostPods: Math.max(...samples.map(({ running }) => running)),
    operatorMiB: {
      most: Math.max(...memory),
      middleThird: Math.max(...memory.slice(third, 2 * third)),
      lastThird: Math.max(...memory.slice(2 * third)),
    },
    cpuMsPerTrial: Object.fromEntries(names.map((name) => [name, (1000 * cpu(name)) / trials.length])),
    leaseGapSeconds: leaseGap,
    samples,
  };
}

function moments(trials: readonly Trial[], diary: Diary, logFile: string): object {
  const deleted = deletions(readFileSync(logFile, 'utf8'));
  return {
    reportToDeletedJobMs: latency(reportToDeletion(trials, diary, deleted)),
    reportToSigtermMs: latency(reportToSignal(trials, diary)),
  };
}

/** Of the operator at the end, in MiB. */
function heap(page: string): Readonly<Record<string, number>> {
  const found = page.matchAll(/^nodejs_(heap_size_used|heap_size_total|external_memory)_bytes (\S+)/gm);
  return Object.fromEntries([...found].map(([, name, bytes]) => [name, Math.round(Number(bytes) / 2 ** 20)]));
}

function costs(page: string, trials: readonly Trial[]): object {
  const counts = writes(page);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const slowest = /^abohb_suggestion_duration_seconds_(?:sum|count) \S+$/gm;
  return {
    writesPerTrial: total / trials.length,
    writes: counts,
    suggestions: [...page.matchAll(slowest)].map(([line]) => line),
  };
}

await main();
