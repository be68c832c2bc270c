import { expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, NOW } from '../../../test/builders.ts';
import type { Attempt } from '../../api/trial.ts';
import type { Condition, Pod } from '../../kube/kinds.ts';
import { goneSince, isMadeFor, isPodOf } from './own-pod.ts';

const at = (seconds: number): string => new Date(Date.parse(NOW) + seconds * 1000).toISOString();

function aPod(name: string, start?: number): Pod {
  const status = { phase: 'Running', ...(start !== undefined && { startTime: at(start) }) } as const;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [] }, status };
}

const study = aStudy();
const running = anAttempt({ pod: 'p', startTime: at(10) });
const over: Attempt = { ...running, endTime: at(20), outcome: 'Disrupted' };

test.each<[string, Attempt, Pod, boolean]>([
  ['the one it began with', running, aPod('p', 10), true],
  ['that also after it has ended', over, aPod('p', 10), true],
  ['none of another name', running, aPod('q', 10), false],
  ['none that started at another time, whatever its name', running, aPod('p', 30), false],
  ['none that has not started, when its own is over', over, aPod('p'), false],
])('the pod of an attempt is %s', (_, attempt, pod, expected) => {
  expect(isPodOf(attempt, pod)).toBe(expected);
});

test('a pod is gone since it was first missed', () => {
  const seen = (pods: readonly Pod[], seconds: number) => ({ study, pods, now: Date.parse(at(seconds)) });
  expect(goneSince(seen([aPod('p', 10)], 15), running)).toBeUndefined();
  const endTime = goneSince(seen([], 20), running) ?? '';
  expect(endTime).toBe(at(20));
  expect(goneSince(seen([aPod('p-2', 90)], 90), { ...running, endTime })).toBe(at(20));
});

test('a pod that was disrupted is gone since its end, though its object stays', () => {
  const terminated = { exitCode: 137, finishedAt: at(40) };
  const disrupted = { type: 'DisruptionTarget', status: 'True' } as const;
  const ended = (conditions: readonly Condition[]): Pod => {
    const status = { phase: 'Failed', startTime: at(10), conditions } as const;
    return { ...aPod('p'), status: { ...status, containerStatuses: [{ name: 'train', state: { terminated } }] } };
  };
  const now = Date.parse(at(90));
  expect(goneSince({ study, pods: [ended([disrupted])], now }, running)).toBe(at(40));
  // Its Job ends with it.
  expect(goneSince({ study, pods: [ended([])], now }, running)).toBeUndefined();
});

test('a pod that has not started is not gone', () => {
  expect(goneSince({ study, pods: [], now: Date.parse(NOW) }, anAttempt())).toBeUndefined();
});

const { metadata, ...rest } = aTrial(1);
const trial = { ...rest, metadata: { ...metadata, creationTimestamp: at(100) } };

function madePod(labels: Readonly<Record<string, string>>, seconds: number): Pod {
  return { ...aPod('p'), metadata: { name: 'p', labels, creationTimestamp: at(seconds) } };
}

test.each<[string, Pod, boolean]>([
  ['it says so', madePod({ 'abohb.dev/trial-uid': 'uid-of-digits-0001' }, 101), true],
  [
    'it says so, though another clock tells an earlier time',
    madePod({ 'abohb.dev/trial-uid': 'uid-of-digits-0001' }, 0),
    true,
  ],
  ['it says nothing and is younger', madePod({}, 101), true],
  ['it says nothing and clocks may differ', madePod({}, 97), true],
  [
    'but not when it was made for another Trial of that name',
    madePod({ 'abohb.dev/trial-uid': 'another' }, 101),
    false,
  ],
  ['but not when it is older', madePod({}, 90), false],
])("a pod is a trial's when %s", (_, pod, expected) => {
  expect(isMadeFor(trial, pod)).toBe(expected);
});
