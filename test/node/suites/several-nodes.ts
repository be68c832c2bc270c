/** Trials of several pods at once: Indexed Jobs, whose pod of index 0 reports. */
import { expect, test } from 'vitest';
import { POD } from '../../../operator/kube/kinds.ts';
import { stateOf } from '../../../operator/observe.ts';
import type { World } from '../../simulation/invariants.ts';
import type { Home, Ring } from '../harness/ring.ts';
import { studyOf, trainer, WITH_CHECKPOINTS } from '../harness/study.ts';

const NODES = 2;
const GANG = { completionMode: 'Indexed', completions: NODES, parallelism: NODES };

export function severalNodes(ring: () => Ring): void {
  const trained = async (home: Home, env: readonly object[] = []): Promise<World> => {
    const limits = { 'nvidia.com/gpu': 1 };
    const container = { image: ring().images.training, script: trainer('two-nodes'), limits, fields: { env } };
    await ring().apply(home, studyOf({ container, spec: WITH_CHECKPOINTS, job: GANG }));
    return ring().ended(home);
  };

  test.concurrent('two pods train together; what the first says counts', async () => {
    const home = await ring().home('gang');
    const { trials } = await trained(home);
    const curve = trials[0]?.status?.observations?.map(({ resource, value }) => [resource, value]);
    expect(curve).toEqual(Array.from({ length: 9 }, (_, i) => [i + 1, 1 / (i + 1)]));
    expect(trials[0]?.status?.attempts).toMatchObject([{ outcome: 'Succeeded', gpus: NODES }]);
    const { items } = await ring().cluster.list(POD, { namespace: home.namespace }, new AbortController().signal);
    expect(items.map(({ status }) => status?.phase)).toEqual(['Succeeded', 'Succeeded']);
  });

  test.concurrent('when the second fails, so does the trial, in the words of the second, and the first is told to end', async () => {
    const home = await ring().home('broken');
    const { trials } = await trained(home, [{ name: 'FAILS', value: '1' }]);
    expect(stateOf(trials[0]?.status)).toBe('Failed');
    expect(trials[0]?.status?.failure).toMatchObject({
      class: 'UserCode',
      exitCode: 7,
      message: expect.stringContaining('lost the connection to node 0'),
    });
  });
}
