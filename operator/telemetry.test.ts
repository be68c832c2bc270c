import { expect, test } from 'vitest';
import { noTelemetry, prometheusTelemetry } from './telemetry.ts';

test('everything counted is on the page, under its name, with base units', async () => {
  const telemetry = prometheusTelemetry();
  telemetry.reconciled('study', 0.25);
  telemetry.reconcileFailed('study', 'Conflict');
  telemetry.queueDepth('study', () => 4);
  telemetry.watchRestarted('Trial', 'Gone');
  telemetry.requested({ verb: 'apply', kind: 'Trial', code: '200', seconds: 0.03 });
  telemetry.decided('start', 2);
  telemetry.suggested(1.5);
  telemetry.leading(true);
  telemetry.eventDropped();
  telemetry.usedGpu('team', 90);
  telemetry.studies({ running: 2, done: 1 });
  telemetry.studies({ running: 3 });
  telemetry.trials({ paused: 5 });
  telemetry.releasedGpu(2);
  telemetry.usages([{ namespace: 'team', study: 'gone', byOutcome: { failed: 1 }, saved: 0 }]);
  telemetry.usages([{ namespace: 'team', study: 'digits', byOutcome: { completed: 60, stopped: 30 }, saved: 120 }]);

  const { body } = await telemetry.page();
  const lines = body.split('\n').filter((line) => !line.startsWith('#') && !line.includes('_bucket'));
  expect(lines.filter((line) => line !== '')).toEqual([
    'abohb_reconcile_duration_seconds_sum{controller="study"} 0.25',
    'abohb_reconcile_duration_seconds_count{controller="study"} 1',
    'abohb_reconcile_errors_total{controller="study",code="Conflict"} 1',
    'abohb_queue_depth{controller="study"} 4',
    'abohb_watch_restarts_total{kind="Trial",reason="Gone"} 1',
    'abohb_api_request_duration_seconds_sum{verb="apply",kind="Trial",code="200"} 0.03',
    'abohb_api_request_duration_seconds_count{verb="apply",kind="Trial",code="200"} 1',
    'abohb_leader 1',
    'abohb_events_dropped_total 1',
    'abohb_decisions_total{kind="start"} 2',
    'abohb_suggestion_duration_seconds_sum 1.5',
    'abohb_suggestion_duration_seconds_count 1',
    'abohb_studies{state="running"} 3',
    'abohb_trials{state="paused"} 5',
    'abohb_gpu_seconds_total{namespace="team"} 90',
    'abohb_gpu_release_seconds_sum 2',
    'abohb_gpu_release_seconds_count 1',
    'abohb_study_gpu_seconds{namespace="team",study="digits",outcome="completed"} 60',
    'abohb_study_gpu_seconds{namespace="team",study="digits",outcome="stopped"} 30',
    'abohb_study_gpu_seconds_saved{namespace="team",study="digits"} 120',
  ]);
});

test('two telemetries do not share a registry', async () => {
  prometheusTelemetry().decided('stop');
  expect((await prometheusTelemetry().page()).body).not.toContain('kind="stop"');
});

test('the whole process’s metrics come when asked for', async () => {
  expect((await prometheusTelemetry({ isWholeProcess: true }).page()).body).toContain('nodejs_eventloop_lag_seconds');
});

test('no telemetry takes everything and does nothing', () => {
  for (const method of Object.values(noTelemetry)) expect(method()).toBeUndefined();
});
