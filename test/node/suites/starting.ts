/** Pods that do not start: those that never will fail in the cluster's words, those that wait for a place wait. */
import { expect, test } from 'vitest';
import { condition } from '../../../operator/conditions.ts';
import { stateOf } from '../../../operator/observe.ts';
import { until } from '../../cluster/harness/wait.ts';
import type { World } from '../../simulation/invariants.ts';
import type { Home, Ring } from '../harness/ring.ts';
import { NODE } from '../harness/settings.ts';
import { type Container, studyOf, TRAINER } from '../harness/study.ts';

/** Those that start after all, on a busy machine, take less. */
const DEADLINE_S = 15;

interface Missing {
  readonly title: string;
  readonly container?: Partial<Container>;
  readonly volume?: object;
  readonly why: string;
}

const MISSING: readonly Missing[] = [
  {
    title: 'a Secret to be mounted',
    volume: { secret: { secretName: 'nothing' } },
    why: 'secret "nothing" not found',
  },
  {
    title: 'a ConfigMap to be mounted',
    volume: { configMap: { name: 'nothing' } },
    why: 'configmap "nothing" not found',
  },
  {
    title: 'a Secret for the environment',
    container: { fields: { envFrom: [{ secretRef: { name: 'nothing' } }] } },
    why: 'secret "nothing" not found',
  },
  {
    title: 'a claim to be mounted',
    volume: { persistentVolumeClaim: { claimName: 'nothing' } },
    why: 'persistentvolumeclaim "nothing" not found',
  },
  {
    title: 'an image, as its registry does not answer',
    container: { image: 'localhost:1/nobody-made-this:1', fields: { imagePullPolicy: 'Always' } },
    why: 'failed to resolve reference "localhost:1/nobody-made-this:1"',
  },
];

export function starting(ring: () => Ring): void {
  const begun = async (home: Home, { container, volume }: Omit<Missing, 'title' | 'why'>, seconds = DEADLINE_S) => {
    const fields = { ...(volume && { volumeMounts: [{ name: 'it', mountPath: '/it' }] }), ...container?.fields };
    const study = studyOf({
      container: { image: ring().images.training, script: TRAINER, ...container, fields },
      spec: { failures: { startDeadline: `${seconds}s` } },
      ...(volume && { pod: { volumes: [{ name: 'it', ...volume }] } }),
    });
    await ring().apply(home, study);
  };

  test.concurrent.for(MISSING)('for want of $title a trial fails, in words that name it', async (missing) => {
    const home = await ring().home('missing');
    await begun(home, missing);
    const { study, trials } = await ring().ended(home);
    const message = expect.stringContaining(missing.why);
    expect(trials[0]?.status?.failure).toEqual({ class: 'StartFailed', message });
    expect(trials[0]?.status?.failure?.message).toMatch(new RegExp(`^its pod did not start within ${DEADLINE_S}s: `));
    expect(condition(trials[0]?.status?.conditions, 'Failed')).toMatchObject({ reason: 'StartFailed', message });
    expect(study.status?.failures).toEqual([{ class: 'StartFailed', trials: 1, attempts: 1 }]);
    const jobs = `/apis/batch/v1/namespaces/${home.namespace}/jobs`;
    expect(await ring().real.plane.admin.call('GET', jobs)).toMatchObject({ items: [] });
  });

  test.concurrent('a Secret that comes in time is mounted, and the trial trains', async () => {
    const home = await ring().home('late');
    await begun(home, { volume: { secret: { secretName: 'late' } } }, 300);
    await ring().seen(home, 'its pod is at its node', ({ trials }) => /ContainerCreating/.test(queued(trials[0])));
    const body = { metadata: { name: 'late' }, stringData: { user: 'me' } };
    await ring().real.plane.admin.call('POST', `/api/v1/namespaces/${home.namespace}/secrets`, { body });
    const { trials } = await ring().ended(home);
    expect(trials[0]?.status?.attempts).toMatchObject([{ outcome: 'Succeeded' }]);
  });

  test.concurrent('a GPU that no node has is waited for, past all deadlines, and taken when there is one', async () => {
    const { admin } = ring().real.plane;
    const home = await ring().home('scarce');
    await begun(home, { container: { limits: { 'scarce.test/gpu': 1 } } });
    const { trials } = await ring().seen(home, 'it waits', ({ trials }) => /scarce\.test\/gpu/.test(queued(trials[0])));
    const since = Date.parse(condition(trials[0]?.status?.conditions, 'Queued')?.lastTransitionTime ?? '');
    await until('it has waited longer than a pod may take to start', () => Date.now() - since > 2 * DEADLINE_S * 1000);
    const { trials: later } = await ring().seen(home, 'it waits still', () => true);
    expect(stateOf(later[0]?.status)).toBe('Queued');
    expect(queued(later[0])).toMatch(/^waits to run: 0\/1 nodes are available: 1 Insufficient scarce\.test\/gpu/);

    const body = { status: { capacity: { 'scarce.test/gpu': '1' } } };
    await admin.call('PATCH', `/api/v1/nodes/${NODE}/status`, { body });
    const { trials: last } = await ring().ended(home);
    expect(last[0]?.status?.attempts).toMatchObject([{ outcome: 'Succeeded', gpus: 1 }]);
    // What it waited is no GPU time: it held none.
    const held = last[0]?.status?.usage?.gpuSeconds ?? 0;
    expect(held).toBeLessThan((Date.now() - since) / 1000 - 2 * DEADLINE_S);
  });
}

/** Why the trial waits; empty for one that does not. */
function queued(trial: World['trials'][number] | undefined): string {
  const found = condition(trial?.status?.conditions, 'Queued');
  return found?.status === 'True' ? (found.message ?? '') : '';
}
