import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import type { Trial } from '../../api/trial.ts';
import type { ContainerStatus, Pod } from '../../kube/kinds.ts';
import type { LogFollower, Source } from '../../metrics/follower.ts';
import type { LogState } from '../../metrics/log-record.ts';
import { newsOf, reportsOf, unusableIn } from './reports.ts';

const now = Date.parse(NOW) + 60_000;
const second = (seconds: number): string => new Date(Date.parse(NOW) + seconds * 1000).toISOString();

const log: LogState = { reports: [], diverged: undefined, otherNames: [], tail: [], dropped: 0, complete: true };

interface Wanted {
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly checkpoint?: Readonly<Record<string, unknown>>;
  readonly annotation?: string;
  readonly train?: ContainerStatus['state'];
  readonly sidecar?: ContainerStatus['state'];
  readonly trial?: Trial;
  /** Last lines by container. */
  readonly tails?: Readonly<Record<string, readonly string[]>>;
  /** What else their logs are, by container. */
  readonly states?: Readonly<Record<string, Partial<LogState>>>;
}

const running = { running: { startedAt: NOW } };
const exited = (exitCode: number) => ({ terminated: { exitCode, finishedAt: second(50) } });

/** What is known, and which logs were asked for. */
function asked({
  metrics,
  checkpoint,
  annotation,
  train = running,
  sidecar,
  trial = aTrial(1),
  tails = {},
  states = {},
}: Wanted) {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      uid: 'u',
      ...(annotation !== undefined && { annotations: { 'abohb.dev/reports': annotation } }),
    },
    spec: { containers: [{ name: 'train' }] },
    status: {
      phase: 'Running',
      startTime: NOW,
      containerStatuses: [{ name: 'train', state: train }],
      ...(sidecar && { initContainerStatuses: [{ name: 'abohb-metrics', state: sidecar }] }),
    },
  };
  const sources: Source[] = [];
  const follower = {
    follow: (source: Source): LogState => {
      sources.push(source);
      return { ...log, tail: tails[source.container] ?? [], ...states[source.container] };
    },
  } as unknown as LogFollower;
  const state = reportsOf({ study: stored(aStudy({ metrics, checkpoint })), trial, pod, follower, now });
  return { state, sources };
}

describe('reports in an annotation', () => {
  const annotated = (annotation: string) => asked({ metrics: { annotation: {} }, annotation }).state;

  test('are sorted by level and count as observed when they say so, if that can be', () => {
    const at = ['2030-01-01T00:00:30Z', '2099-01-01T00:00:00Z', '1999-01-01T00:00:00Z', 'yesterday'];
    const items = at.map((time, i) => ({ epoch: 4 - i, val_error: 0.5, at: time }));
    expect(annotated(JSON.stringify(items))?.reports.map((report) => [report.resource, report.at])).toEqual([
      [1, second(60)],
      [2, NOW],
      [3, second(60)],
      [4, second(30)],
    ]);
  });

  test('have beside them what items of their own say of their level, or without one of the report before', () => {
    const items = [{ epoch: 2, loss: 5 }, { epoch: 1, val_error: 0.5 }, { time: 7 }, { epoch: 2, val_error: 0.4 }];
    const metrics = { annotation: {}, additional: ['loss', 'time'] };
    const { state } = asked({ metrics, annotation: JSON.stringify(items) });
    expect(state?.reports.map(({ additional }) => additional)).toEqual([{ time: 7 }, { loss: 5 }]);
  });

  test('of 256 KiB are all read', () => {
    const items = Array.from({ length: 9000 }, (_, i) => `{"epoch":${i + 1},"val_error":0.5}`);
    expect(annotated(`[${items.join()}]`)?.reports).toHaveLength(9000);
  });

  test('that are no list are shown to the user', () => {
    expect(annotated('{"epoch": 1}')).toMatchObject({ reports: [], tail: ['no JSON list: {"epoch": 1}'] });
  });

  test('that cannot be used are told', () => {
    expect(unusableIn(annotated('[{"epoch": 1, "val_error": "small"}]'))).toBe(
      '; what was reported first could not be used: val_error "small" is no number',
    );
    expect(unusableIn(annotated('[{"epoch": 1, "val_error": 0.5}]'))).toBe('');
  });

  test('are complete when nothing more is to be read, with the last words of code that failed', () => {
    const { state, sources } = asked({
      metrics: { annotation: {} },
      annotation: '[{"epoch": 1, "val_error": 0.5}]',
      train: exited(1),
      tails: { train: ['Traceback'] },
    });
    expect(state).toMatchObject({ reports: [{ resource: 1 }], tail: ['Traceback'], complete: true });
    expect(sources).toMatchObject([{ container: 'train', since: second(-10) }]);
  });
});

describe('reports of a sidecar', () => {
  const metrics = { file: { path: '/metrics/train.jsonl' } };

  test('are read from its log, once it runs', () => {
    expect(asked({ metrics }).state).toBeUndefined();
    expect(asked({ metrics, sidecar: running }).sources).toMatchObject([{ container: 'abohb-metrics' }]);
  });

  test('in a folder that stays may be those of the attempt before', () => {
    const checkpoint = { claimName: 'claim' };
    const file = (path: string) => asked({ metrics: { file: { path } }, checkpoint, sidecar: running }).state;
    expect(file('/checkpoint/train.jsonl')?.repeats).toBe(true);
    expect(file('/metrics/train.jsonl')?.repeats).toBeUndefined();
  });

  test('that never came: its last lines are shown beside those of the code', () => {
    const tails = { 'abohb-metrics': ['{"loss":null}'], train: ['done'] };
    const { state } = asked({ metrics, train: exited(0), sidecar: running, tails });
    expect(state?.tail).toEqual(['{"loss":null}', 'done']);
  });
});

test('where the last words of the code cannot be read, that is said beside its reports', () => {
  const unread = { why: 'no route to host', failingMs: 0 };
  const { state } = asked({ metrics: { annotation: {} }, train: exited(1), states: { train: { unread } } });
  expect(state?.unread).toBe(unread);
});

test('a log is read on from the last report of this pod that is on record, not from that of an earlier one', () => {
  const attempts = [anAttempt({ trained: 2 })];
  const observed = (at: string): Trial =>
    aTrial(1, {}, trialStatus('Running', { attempts, observations: curve(0.5, 0.4).map((r) => ({ ...r, at })) }));
  const metrics = { log: {} };
  expect(asked({ metrics, trial: observed(second(10)) }).sources).toMatchObject([
    { recorded: 2, resumed: { at: second(10), reached: 2, trained: 2 } },
  ]);
  expect(asked({ metrics, trial: observed(second(-10)) }).sources[0]?.resumed).toBeUndefined();
});

describe('when another pod than the one that reports has failed', () => {
  const pod = (name: string, state: NonNullable<ContainerStatus['state']>): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, uid: name },
    spec: { containers: [{ name: 'train' }] },
    status: { phase: 'Failed', startTime: NOW, containerStatuses: [{ name: 'train', state }] },
  });
  /** By the name of the pod; the log of the one that failed is being read. */
  const follower = {
    follow: ({ pod: { name } }: Source): LogState => ({ ...log, tail: [`of ${name}`], complete: name === 'reporting' }),
  } as unknown as LogFollower;
  const failed = pod('failed', exited(7));
  const input = { study: stored(aStudy()), trial: aTrial(1), follower, now, failed, said: undefined };
  const said: LogState = { ...log, reports: [{ resource: 1, value: 0.5, at: NOW }], complete: false };

  test('the reports are those of the one, the last words those of the other, and both are read to their end', () => {
    const news = newsOf({ ...input, pod: pod('reporting', exited(143)) });
    expect(news).toMatchObject({ tail: ['of failed'], complete: false });
  });

  test('what the one has said counts though it is gone, and only the other is waited for', () => {
    const read = { follow: () => log } as unknown as LogFollower;
    expect(newsOf({ ...input, pod: undefined, said, follower: read })).toMatchObject({
      reports: said.reports,
      complete: true,
    });
  });

  test('that never said anything, the other is heard', () => {
    expect(newsOf({ ...input, pod: undefined })).toMatchObject({ reports: [], tail: ['of failed'] });
  });
});
