import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KubeError, type KubeObject } from '../kube/cluster.ts';
import { EVENT } from '../kube/kinds.ts';
import { noTelemetry } from '../telemetry.ts';
import { EventRecorder, type Happening } from './events.ts';
import { FakeClock } from './testing/fake-clock.ts';
import { TinyCluster } from './testing/tiny-cluster.ts';

const study: KubeObject = {
  apiVersion: 'abohb.dev/v1alpha1',
  kind: 'Study',
  metadata: { namespace: 'team', name: 'digits', uid: 'u1', resourceVersion: '5' },
};
const promoted: Happening = { type: 'Normal', reason: 'Promoted', message: 'trial 7 goes on to epoch 9' };

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

function recording(options: { capacity?: number; cluster?: TinyCluster } = {}) {
  const clock = new FakeClock();
  const cluster = options.cluster ?? new TinyCluster();
  const recorder = new EventRecorder({
    cluster,
    clock,
    log: pino({ level: 'silent' }),
    telemetry: noTelemetry,
    capacity: options.capacity ?? 10,
  });
  return { clock, cluster, recorder };
}

test('an event says what happened to which object', async () => {
  const { cluster, recorder } = recording();
  recorder.record(study, promoted);
  await recorder.flush();
  expect(cluster.all(EVENT)).toEqual([
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^digits\.[0-9a-f]{16}$/), namespace: 'team', resourceVersion: '1' },
      involvedObject: { apiVersion: 'abohb.dev/v1alpha1', kind: 'Study', namespace: 'team', name: 'digits', uid: 'u1' },
      type: 'Normal',
      reason: 'Promoted',
      message: 'trial 7 goes on to epoch 9',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'abohb' },
    },
  ]);
});

test('repeats become a count, written at most every few seconds', async () => {
  const { clock, cluster, recorder } = recording();
  const running = recorder.run(stop.signal);
  for (let i = 0; i < 100; i++) {
    recorder.record(study, promoted);
    await clock.advance(100);
  }
  await clock.advance(5_000);
  expect(cluster.all(EVENT)).toMatchObject([
    { count: 100, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:09Z' },
  ]);
  expect(cluster.asked.length).toBe(3);
  stop.abort();
  await running;
});

test('other messages, reasons and incarnations are other events', async () => {
  const { cluster, recorder } = recording();
  recorder.record(study, promoted);
  recorder.record(study, { ...promoted, message: 'another' });
  recorder.record(study, { ...promoted, reason: 'Stopped' });
  recorder.record({ ...study, metadata: { ...study.metadata, uid: 'u2' } }, promoted);
  await recorder.flush();
  expect(cluster.all(EVENT)).toHaveLength(4);
});

test('the next process counts on', async () => {
  const { cluster, recorder, clock } = recording();
  for (let i = 0; i < 3; i++) recorder.record(study, promoted);
  await recorder.flush();
  await clock.advance(60_000);
  const next = recording({ cluster });
  await next.clock.advance(120_000);
  next.recorder.record(study, promoted);
  next.recorder.record(study, promoted);
  await next.recorder.flush();
  expect(cluster.all(EVENT)).toMatchObject([
    { count: 5, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:02:00Z' },
  ]);
});

test('too many at once are dropped and counted; those that wait are not', async () => {
  const { cluster, recorder } = recording({ capacity: 3 });
  for (let trial = 0; trial < 5; trial++) recorder.record(study, { ...promoted, message: `trial ${trial}` });
  recorder.record(study, { ...promoted, message: 'trial 0' });
  await recorder.flush();
  expect(cluster.all(EVENT).map(({ message, count }) => [message, count])).toEqual([
    ['trial 0', 2],
    ['trial 1', 1],
    ['trial 2', 1],
  ]);
  expect(recorder.dropped).toBe(2);
});

test('a write that fails is tried again', async () => {
  const { clock, cluster, recorder } = recording();
  let failures = 2;
  cluster.before = () => {
    if (failures-- > 0) throw new KubeError('ServerError', 'oops');
  };
  const running = recorder.run(stop.signal);
  recorder.record(study, promoted);
  await clock.advance(10_000);
  expect(cluster.all(EVENT)).toMatchObject([{ count: 1 }]);
  stop.abort();
  await running;
});

test.each([
  ['the server refuses', new KubeError('Forbidden', 'the namespace is being terminated')],
  ['cannot be written for long', new KubeError('Network', 'down')],
])('one that %s is dropped, and the next goes through', async (_, error) => {
  const { clock, cluster, recorder } = recording();
  cluster.before = () => {
    throw error;
  };
  const running = recorder.run(stop.signal);
  recorder.record(study, promoted);
  await clock.advance(60_000);
  expect(recorder.dropped).toBe(1);
  cluster.before = () => undefined;
  recorder.record(study, promoted);
  await clock.advance(60_000);
  expect(cluster.all(EVENT)).toMatchObject([{ count: 1 }]);
  stop.abort();
  await running;
});

test('the longest names and messages are cut to what the server takes', async () => {
  const { cluster, recorder } = recording();
  const metadata = { ...study.metadata, name: `${'a'.repeat(229)}-${'b'.repeat(20)}` };
  recorder.record({ ...study, metadata }, { ...promoted, message: 'x'.repeat(5_000) });
  await recorder.flush();
  const [event] = cluster.all(EVENT);
  expect(event?.metadata.name).toMatch(/^a{229}\.[0-9a-f]{16}$/);
  expect(event?.message).toHaveLength(1_024);
});
