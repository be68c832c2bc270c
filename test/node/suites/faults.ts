/** A search on real training, and one whose trials are stopped, while everything under them is killed. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { condition } from '../../../operator/conditions.ts';
import { until } from '../../cluster/harness/wait.ts';
import { startWitness, type Witness } from '../../cluster/harness/witness.ts';
import { broken, IN_THE_END, type World } from '../../simulation/invariants.ts';
import { trialOf } from '../../simulation/play.ts';
import { SYSTEM } from '../harness/furnish.ts';
import { CLAIM, type Home, type Ring, ROOT } from '../harness/ring.ts';
import { studyOf } from '../harness/study.ts';

const TRIALS = 16;
/** More than can be tried while everything fails. */
const ENDLESS = 1000;
/**
 * The longest that anything stays away: an operator that is killed twice, while the kubelet waits before it starts it
 * again, and then for 20 seconds until the lease of the one before has run out.
 */
const BACK_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 200_000;

/** Who comes later is worse, so that nearly all are stopped at their first epoch; else they would train for half a minute. */
const WORSE_AND_WORSE = `
let epoch = 0;
const train = () => {
  if (epoch >= Number(process.env.ABOHB_UNTIL)) return;
  epoch += 1;
  console.log(JSON.stringify({ epoch, v: Date.now() }));
  setTimeout(train, 4000);
};
process.on('SIGTERM', () => process.exit(143));
train();
`;

interface Pods {
  readonly items: readonly {
    readonly status: {
      readonly containerStatuses?: readonly {
        readonly containerID?: string;
        readonly ready: boolean;
        readonly restartCount: number;
      }[];
    };
  }[];
}

/** The example for GPUs, shorter, on the test's claim. */
function digits(): object {
  const text = readFileSync(join(ROOT, 'examples/digits/gpu-study.yaml'), 'utf8');
  const [, study] = parseAllDocuments(text).map((document) => document.toJS());
  const { spec } = study;
  return { ...study, spec: { ...spec, limits: { maxTrials: TRIALS }, checkpoint: { claimName: CLAIM } } };
}

/** Trials that are stopped, two at a time, on and on. */
function stopping(image: string): object {
  const container = { image, script: WORSE_AND_WORSE, limits: { 'nvidia.com/gpu': 1 } };
  return studyOf({ container, spec: { parallelism: 2, limits: { maxTrials: ENDLESS } } });
}

export function faults(ring: () => Ring): void {
  test('Studies, one of real training, go through kills of the operator, the kubelet and containerd', async () => {
    const { faults } = ring().real.node;
    const trained = await begun(ring(), 'digits', digits());
    const stopped = await begun(ring(), 'stopped', stopping(ring().images.training));
    const unbroken = (): void =>
      expect([trained, stopped].flatMap(({ witness }) => [...witness.violations])).toEqual([]);
    const strikes = [
      () => killOperator(ring()),
      () => faults.restartKubelet(),
      () => faults.restartContainerd(),
      () => killOperator(ring()),
    ];
    for (const [i, strike] of strikes.entries()) {
      const count = 3 * (i + 1);
      await ring().seen(trained.home, `${count} trials exist`, ({ trials }) => {
        unbroken();
        return trials.length >= count;
      });
      // Each strikes while a pod runs that has just been decided against, and that goes all the same.
      const unwanted = await until('a pod is unwanted', () => unwantedIn(stopped)[0], ENDS_WITHIN_MS);
      await strike();
      await until(`${unwanted} runs no more`, () => !unwantedIn(stopped).includes(unwanted), ENDS_WITHIN_MS);
    }
    await comesToAnEnd(ring(), stopped);
    const world = await ended(ring(), trained);
    const other = await ended(ring(), stopped);

    unbroken();
    expect([world, other].flatMap((each) => broken(IN_THE_END, each))).toEqual([]);
    for (const { study } of [world, other])
      expect(condition(study.status?.conditions, 'Succeeded')).toMatchObject({ reason: 'MaxTrialsReached' });
    expect(world.trials).toHaveLength(TRIALS);
    expect(world.study.status?.best?.value).toBeLessThan(0.5);
    expect(await replayed(ring(), trained.home)).toMatch(/^digits: \d+ decisions agree/);
    expect(await replayed(ring(), stopped.home)).toMatch(/^study: \d+ decisions agree/);
    expect(unlike(world)).toEqual([]);
  });
}

/** A Study, watched from its beginning. */
interface Begun {
  readonly home: Home;
  readonly witness: Witness;
}

async function begun(ring: Ring, name: string, study: object): Promise<Begun> {
  const home = await ring.home(name);
  const { kubeconfig } = ring.real.plane;
  const witness = await startWitness({ kubeconfig, namespace: home.namespace, backWithinMs: BACK_WITHIN_MS });
  onTestFinished(() => witness.stop());
  await ring.apply(home, study);
  return { home, witness };
}

/** The trials that are to end and whose pods still run. */
function unwantedIn({ witness }: Begun): readonly string[] {
  const { trials = [], runningPods = [] } = witness.seen('study') ?? {};
  const running = new Set(runningPods.map(trialOf));
  return trials.flatMap(({ metadata, spec }) => (spec.stop && running.has(metadata.name) ? metadata.name : []));
}

/** A few more are tried, and then none. */
async function comesToAnEnd({ programs }: Ring, { home, witness }: Begun): Promise<void> {
  const maxTrials = (witness.seen('study')?.trials.length ?? 0) + 6;
  const patch = JSON.stringify({ spec: { limits: { maxTrials } } });
  await programs.kubectl(['patch', 'study', 'study', '--namespace', home.namespace, '--type=merge', '--patch', patch]);
}

/** With what was noted on the way. */
async function ended(ring: Ring, { home, witness }: Begun): Promise<World> {
  // Whom the kubelet turned away when it was new is disrupted indeed, and nobody counts them.
  const { lostPods: _, ...world } = await ring.ended(home, ENDS_WITHIN_MS);
  return { ...witness.seen(world.study.metadata.name), ...world };
}

/**
 * Trials that were not trained to where they may go, the last time by a Job of its own; or not once, though no attempt at
 * them was cut short: who is killed between a report and its checkpoint trains an epoch again.
 */
function unlike({ trials }: World): readonly string[] {
  return trials
    .filter(({ spec, status }) => {
      const { attempts = [], usage: { resource = 0 } = {} } = status ?? {};
      const isWhole = attempts.every(({ outcome }) => outcome !== 'Disrupted' && outcome !== 'Failed');
      const isTrained = isWhole ? resource === spec.until : resource >= spec.until;
      return !isTrained || attempts.at(-1)?.until !== spec.until;
    })
    .map(({ metadata, spec, status }) => JSON.stringify({ name: metadata.name, spec, status }));
}

/** SIGKILL from outside, as the kernel's; resolves when the kubelet has started it again. */
async function killOperator({ real }: Ring): Promise<void> {
  const status = async (): Promise<NonNullable<Pods['items'][number]['status']['containerStatuses']>[number]> => {
    const { items } = await real.plane.admin.call<Pods>('GET', `/api/v1/namespaces/${SYSTEM}/pods`);
    const found = items[0]?.status.containerStatuses?.[0];
    if (found === undefined) throw new Error('the operator has no container');
    return found;
  };
  const before = await status();
  await real.node.faults.killContainer(before.containerID ?? '');
  const isBack = async (): Promise<boolean> => {
    const now = await status();
    return now.ready && now.restartCount > before.restartCount;
  };
  await until('the operator runs again', isBack, BACK_WITHIN_MS);
}

async function replayed({ programs }: Ring, { namespace }: Home): Promise<string> {
  const list = await programs.kubectl(['get', 'studies,trials', '--namespace', namespace, '-o', 'json']);
  const run = promisify(execFile)(process.execPath, ['cli/main.ts', 'replay', '-'], { cwd: ROOT });
  run.child.stdin?.end(list);
  return (await run).stdout;
}
