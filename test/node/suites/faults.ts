/** A search on real training while everything under it is killed. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { condition } from '../../../operator/conditions.ts';
import { until } from '../../cluster/harness/wait.ts';
import { ALWAYS, broken, IN_THE_END, type World } from '../../simulation/invariants.ts';
import { SYSTEM } from '../harness/furnish.ts';
import { CLAIM, type Home, type Ring, ROOT } from '../harness/ring.ts';

const TRIALS = 16;

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

export function faults(ring: () => Ring): void {
  test('a Study of real training goes through kills of the operator, the kubelet and containerd', async () => {
    const { faults } = ring().real.node;
    const home = await ring().home('digits');
    await ring().apply(home, digits());
    const violations = new Set<string>();
    const created = (count: number): Promise<World> =>
      ring().seen(home, `${count} trials exist`, (world) => {
        for (const sentence of broken(ALWAYS, world)) violations.add(sentence);
        return world.trials.length >= count;
      });

    await created(3);
    await killOperator(ring());
    await created(6);
    await faults.restartKubelet();
    await created(9);
    await faults.restartContainerd();
    await created(12);
    await killOperator(ring());
    // Whom the kubelet turned away when it was new is disrupted indeed, and nobody counts them.
    const { lostPods: _, ...world } = await ring().ended(home);

    for (const sentence of broken(IN_THE_END, world)) violations.add(sentence);
    expect([...violations]).toEqual([]);
    expect(condition(world.study.status?.conditions, 'Succeeded')).toMatchObject({ reason: 'MaxTrialsReached' });
    expect(world.trials).toHaveLength(TRIALS);
    expect(world.study.status?.best?.value).toBeLessThan(0.5);
    expect(await replayed(ring(), home)).toMatch(/^digits: \d+ decisions agree/);
    expect(unlike(world)).toEqual([]);
  });
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
  await until('the operator runs again', async () => {
    const now = await status();
    return now.ready && now.restartCount > before.restartCount;
  });
}

async function replayed({ programs }: Ring, { namespace }: Home): Promise<string> {
  const list = await programs.kubectl(['get', 'studies,trials', '--namespace', namespace, '-o', 'json']);
  const run = promisify(execFile)(process.execPath, ['cli/main.ts', 'replay', '-'], { cwd: ROOT });
  run.child.stdin?.end(list);
  return (await run).stdout;
}
