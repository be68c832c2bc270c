/** What the kubelet says of containers that fail, told apart. */
import { expect, test } from 'vitest';
import type { FailureClass } from '../../../operator/api/failures.ts';
import type { World } from '../../simulation/invariants.ts';
import type { Ring } from '../harness/ring.ts';
import { studyOf, TRAINER, type Wanted, WITH_CHECKPOINTS } from '../harness/study.ts';

interface Failing {
  readonly title: string;
  readonly study: (image: string) => Wanted;
  readonly failure: { readonly class: FailureClass; readonly message: RegExp };
}

const FILLS_MEMORY = 'const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1));';

const FAILING: readonly Failing[] = [
  {
    title: 'a container that takes more memory than it may',
    study: (image) => ({ container: { image, script: FILLS_MEMORY, limits: { memory: '64Mi' } } }),
    failure: { class: 'OutOfMemory', message: /memory/ },
  },
  {
    title: 'an image that is not there',
    study: () => ({
      container: { image: 'localhost/nobody-made-this:1', script: TRAINER },
      spec: { failures: { startDeadline: '5s' } },
    }),
    failure: { class: 'StartFailed', message: /nobody-made-this/ },
  },
  {
    title: 'code that ends with an error',
    study: (image) => ({ container: { image, script: "console.error('no such file: labels.csv'); process.exit(3)" } }),
    failure: { class: 'UserCode', message: /no such file: labels\.csv/ },
  },
];

export function failures(ring: () => Ring): void {
  test.concurrent.for(FAILING)('$title', async ({ study, failure }) => {
    const home = await ring().home('fails');
    await ring().apply(home, studyOf(study(ring().images.training)));
    const { trials } = await ring().seen(home, 'its trial has failed', failed);
    expect(trials[0]?.status?.failure).toMatchObject({
      class: failure.class,
      message: expect.stringMatching(failure.message),
    });
  });

  test.concurrent('an evicted pod is a disruption: the trial goes on from its checkpoint', async () => {
    const { real, images } = ring();
    const home = await ring().home('evicted');
    const container = { image: images.training, script: TRAINER };
    await ring().apply(home, studyOf({ container, spec: { ...WITH_CHECKPOINTS, initialTrials: [{ x: 0.9 }] } }));
    const world = await ring().seen(home, 'it has trained a while', ({ trials }) => reached(trials[0]) === 2);
    const pod = world.runningPods[0]?.metadata.name;
    await real.plane.admin.call('POST', `/api/v1/namespaces/${home.namespace}/pods/${pod}/eviction`, {
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: home.namespace } },
    });
    const { trials } = await ring().ended(home);
    const [first, second, ...others] = trials[0]?.status?.attempts ?? [];
    expect(first).toMatchObject({ outcome: 'Disrupted' });
    expect(second).toMatchObject({ outcome: 'Succeeded' });
    expect(others).toEqual([]);
    expect(second?.from).toBe(2);
    expect(reached(trials[0])).toBe(9);
  });
}

function failed({ trials }: World): boolean {
  return trials[0]?.status?.failure !== undefined;
}

function reached(trial: World['trials'][number] | undefined): number {
  return trial?.status?.reached ?? 0;
}
