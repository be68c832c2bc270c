import { expect, test } from 'vitest';
import { anAttempt, NOW } from '../../../test/builders.ts';
import { JOB, type Job } from '../../kube/kinds.ts';
import { createStore } from '../../local/store.ts';
import { Cache } from '../../runtime/cache.ts';
import { observedJobs } from './observed-jobs.ts';
import { BY_TRIAL } from './observed-pods.ts';

const KEY = 'default/digits-0001';

const job: Job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'digits-0001-1', namespace: 'default' },
  spec: { template: { spec: { containers: [] } } },
};

test('the Job of an attempt under way is gone only when the server says so', async () => {
  const cluster = createStore({ clock: { now: () => Date.parse(NOW) }, kinds: [] });
  const cache = new Cache<Job>();
  cache.index(BY_TRIAL, () => [KEY]);
  const place = { kind: JOB, cache };
  const names = async (attempt = anAttempt()) =>
    (await observedJobs({ cluster, place }, KEY, attempt)).map(({ metadata }) => metadata.name);
  expect(await names()).toEqual([]);
  await cluster.create(JOB, job);
  expect(await names()).toEqual(['digits-0001-1']);
  expect(await observedJobs({ cluster, place }, KEY, undefined)).toEqual([]);
});
