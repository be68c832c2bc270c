import { expect, test } from 'vitest';
import { aStudy, aTrial, stored } from '../../test/builders.ts';
import { trialJob } from './job.ts';

const container = { name: 'train', image: 'train:1' };
const trialTemplate = {
  metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } },
  spec: { template: { spec: { containers: [container] } } },
};
const priorityClasses = [
  { fromLevel: 9, name: 'high' },
  { fromLevel: 3, name: 'middle' },
];

const labels = (until: number): unknown =>
  trialJob({
    study: stored(aStudy({ trialTemplate, queue: { priorityClasses } })),
    trial: aTrial(1, { until }),
    attempt: 1,
    until: 9,
  }).metadata.labels;

test.each([
  [1, undefined],
  [3, 'middle'],
  [8, 'middle'],
  [9, 'high'],
])('a trial that trains towards epoch %i has priority %s', (until, name) => {
  expect(labels(until)).toEqual({
    'kueue.x-k8s.io/queue-name': 'team-a',
    ...(name !== undefined && { 'kueue.x-k8s.io/priority-class': name }),
    'abohb.dev/study': 'digits',
    'abohb.dev/trial': 'digits-0001',
    'abohb.dev/trial-uid': 'uid-of-digits-0001',
  });
});
