/** Metrics by a sidecar from the operator's own image, which ends with the training code. */
import { expect, test } from 'vitest';
import { isTrue } from '../../../operator/conditions.ts';
import { termination } from '../../../operator/controllers/trial/pod.ts';
import { JOB, POD } from '../../../operator/kube/kinds.ts';
import { SIDECAR } from '../../../operator/sidecar/config.ts';
import type { World } from '../../simulation/invariants.ts';
import type { Home, Ring } from '../harness/ring.ts';
import { studyOf, trainer } from '../harness/study.ts';

interface Reporting {
  readonly title: string;
  /** Name of the code. */
  readonly code: string;
  readonly metric: string;
  readonly metrics: object;
  readonly epochs: number;
  /** What the code says at an epoch. */
  readonly value: (epoch: number) => number;
  /** What is kept beside the best value. */
  readonly beside?: object;
}

const REPORTING: readonly Reporting[] = [
  {
    title: 'a TensorBoard event file, written piece by piece',
    code: 'event-file',
    metric: 'Loss/val',
    metrics: { tensorBoard: { path: '/logs' }, additional: ['Loss/train'] },
    epochs: 40,
    value: (epoch) => Math.fround(2 / epoch),
    beside: { 'Loss/train': Math.fround(1 / 40) },
  },
  {
    title: 'a Prometheus page, served until its last epoch has been seen',
    code: 'prometheus-page',
    metric: 'val_error{split="val"}',
    metrics: { prometheus: { port: 8000, intervalSeconds: 1, resource: 'epochs' } },
    epochs: 5,
    value: (epoch) => 1 / epoch,
  },
];

export function sidecars(ring: () => Ring): void {
  const trained = async (home: Home, code: string, spec: object): Promise<World> => {
    const container = { image: ring().images.training, script: trainer(code) };
    await ring().apply(home, studyOf({ container, spec: { ...spec } }));
    return ring().ended(home);
  };

  /** How the Job of the only trial ended, and its containers: nobody had to kill the sidecar. */
  const endings = async ({ namespace }: Home): Promise<object> => {
    const { signal } = new AbortController();
    const { items: jobs } = await ring().cluster.list(JOB, { namespace }, signal);
    const { items: pods } = await ring().cluster.list(POD, { namespace }, signal);
    return {
      jobs: jobs.map(({ status }) => (isTrue(status?.conditions, 'Complete') ? 'Complete' : 'Failed')),
      train: pods.map((pod) => termination(pod, 'train')?.exitCode),
      sidecar: pods.map((pod) => termination(pod, SIDECAR)?.exitCode),
    };
  };

  test.concurrent.for(REPORTING)('$title: no report is lost', async (reporting) => {
    const { code, metric, metrics, epochs, value, beside } = reporting;
    const home = await ring().home('sidecar');
    const resource = { name: 'epoch', min: 1, max: epochs };
    const { study, trials } = await trained(home, code, { objective: { metric }, resource, metrics });
    const curve = trials[0]?.status?.observations?.map(({ resource, value }) => [resource, value]);
    expect(curve).toEqual(Array.from({ length: epochs }, (_, i) => [i + 1, value(i + 1)]));
    expect(study.status?.best).toMatchObject({
      resource: epochs,
      value: value(epochs),
      ...(beside && { additional: beside }),
    });
    expect(await endings(home)).toEqual({ jobs: ['Complete'], train: [0], sidecar: [0] });
  });

  test.concurrent('code that fails in the middle of a line has all its reports read, and its own words told', async () => {
    const home = await ring().home('full');
    const { trials } = await trained(home, 'full-disk', { metrics: { file: { path: '/metrics/train.jsonl' } } });
    expect(trials[0]?.status?.reached).toBe(9);
    expect(trials[0]?.status?.failure).toMatchObject({
      class: 'UserCode',
      exitCode: 3,
      message: expect.stringContaining('last lines of its log: No space left on device'),
    });
    expect(await endings(home)).toEqual({ jobs: ['Failed'], train: [3], sidecar: [0] });
  });
}
