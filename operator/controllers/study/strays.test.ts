import { expect, test } from 'vitest';
import { aStudy, aTrial, stored } from '../../../test/builders.ts';
import type { Trial } from '../../api/trial.ts';
import { type KubeObject, keyOf, refOf } from '../../kube/cluster.ts';
import type { Job, Pod } from '../../kube/kinds.ts';
import { trialJob } from '../../objects/job.ts';
import { Cache } from '../../runtime/cache.ts';
import { studyKey } from '../context.ts';
import { BY_STUDY, isStray, strayTrials } from './strays.ts';

const study = stored(aStudy());

function ofStudy(trial: Trial): Trial {
  const owner = { apiVersion: study.apiVersion, kind: study.kind, name: 'digits', uid: study.metadata.uid ?? '' };
  return { ...trial, metadata: { ...trial.metadata, ownerReferences: [owner] } };
}

const jobOf = (number: number): Job => trialJob({ study, trial: aTrial(number), attempt: 1, until: 9 });

function podOf(number: number, phase: 'Running' | 'Succeeded'): Pod {
  const { metadata, spec } = jobOf(number).spec.template;
  const name = `pod-${number}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: metadata?.labels ?? {} },
    spec,
    status: { phase },
  };
}

function cacheOf<T extends KubeObject>(objects: readonly T[]): Cache<T> {
  const cache = new Cache<T>();
  cache.index(BY_STUDY, studyKey);
  cache.replace(objects, '1');
  return cache;
}

test.each<[string, { trials?: readonly Trial[]; jobs?: readonly Job[]; pods?: readonly Pod[] }, number]>([
  ['none, where all Trials are there', { trials: [ofStudy(aTrial(1))], pods: [podOf(1, 'Running')] }, 0],
  ['the one whose pod still runs', { pods: [podOf(1, 'Running')] }, 1],
  ['the one whose Job may yet make a pod', { jobs: [jobOf(1)] }, 1],
  ['one, however much of it there is', { jobs: [jobOf(1)], pods: [podOf(1, 'Running')] }, 1],
  ['none whose pods have ended', { pods: [podOf(1, 'Succeeded')] }, 0],
  ['those of an earlier Study of that name', { trials: [aTrial(1)], pods: [podOf(1, 'Running')] }, 1],
])('of the trials that are gone these hold a slot: %s', (_, { trials = [], jobs = [], pods = [] }, expected) => {
  const caches = { studies: cacheOf([study]), trials: cacheOf(trials), jobs: cacheOf(jobs), pods: cacheOf(pods) };
  expect(strayTrials(caches, study)).toBe(expected);
});

test('a pod is a stray when its Trial is not there, or is another of that name', () => {
  const trials = cacheOf([ofStudy(aTrial(1))]);
  const another = { ...aTrial(1), metadata: { ...aTrial(1).metadata, uid: 'another' } };
  expect(trials.get(keyOf(refOf(aTrial(1))))).toBeDefined();
  expect([1, 2].map((number) => isStray(podOf(number, 'Running'), trials))).toEqual([false, true]);
  expect(isStray(podOf(1, 'Running'), cacheOf([another]))).toBe(true);
});
