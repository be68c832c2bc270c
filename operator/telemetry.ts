/** Every metric of the operator, by name. Base units (seconds, counts), labels of few values. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestRecord } from './kube/requests.ts';
import type { RuntimeTelemetry } from './runtime/telemetry.ts';

export interface Telemetry extends RuntimeTelemetry {
  /** One request to the API server was answered or failed. */
  requested(request: RequestRecord): void;
  /** Decisions taken: start, promote, stop … */
  decided(kind: string, count?: number): void;
  /** One call of the searcher took so long. */
  suggested(seconds: number): void;
  /** Studies there are now, by state; states not named are none. */
  studies(byState: Readonly<Record<string, number>>): void;
  /** Trials there are now, by state; states not named are none. */
  trials(byState: Readonly<Record<string, number>>): void;
  /** GPU time used by an attempt since it was last counted. */
  usedGpu(namespace: string, seconds: number): void;
  /** A trial gave its GPU back so long after the decision that it ends or pauses. */
  releasedGpu(seconds: number): void;
  /** What each Study there is has used; Studies not named are gone. */
  usages(usages: readonly StudyUsage[]): void;
}

/** GPU seconds of one Study. */
export interface StudyUsage {
  readonly namespace: string;
  readonly study: string;
  /** By what became of its trials. */
  readonly byOutcome: Readonly<Record<string, number>>;
  readonly saved: number;
}

/** What GET /metrics answers. */
export interface MetricsPage {
  readonly contentType: string;
  readonly body: string;
}

export interface PrometheusTelemetry extends Telemetry {
  page(): Promise<MetricsPage>;
}

const nothing = (): void => undefined;

/** For tests and for runs nobody scrapes. */
export const noTelemetry: Telemetry = {
  reconciled: nothing,
  reconcileFailed: nothing,
  queueDepth: nothing,
  watchRestarted: nothing,
  leading: nothing,
  eventDropped: nothing,
  requested: nothing,
  decided: nothing,
  suggested: nothing,
  studies: nothing,
  trials: nothing,
  usedGpu: nothing,
  releasedGpu: nothing,
  usages: nothing,
};

/** From a cache lookup to a reconcile that waits for a slow API server. */
const RECONCILE_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];
const REQUEST_BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10, 30];
/** From code that ends by itself to one that needs all of its grace period, and more. */
const RELEASE_BUCKETS = [0.5, 1, 2, 5, 10, 30, 60, 300];
/** From a random draw to a fit on many observations. */
const SUGGESTION_BUCKETS = [0.001, 0.01, 0.05, 0.2, 1, 5, 20, 60];

/** Metrics in a registry of their own; with `isWholeProcess` also those of the Node process. */
export function prometheusTelemetry(options: { readonly isWholeProcess?: boolean } = {}): PrometheusTelemetry {
  const registry = new Registry();
  const registers = [registry];
  if (options.isWholeProcess) collectDefaultMetrics({ register: registry });

  const reconcileSeconds = new Histogram({
    name: 'abohb_reconcile_duration_seconds',
    help: 'Duration of reconciles.',
    labelNames: ['controller'],
    buckets: RECONCILE_BUCKETS,
    registers,
  });
  const reconcileErrors = new Counter({
    name: 'abohb_reconcile_errors_total',
    help: 'Reconciles that failed, by error code.',
    labelNames: ['controller', 'code'],
    registers,
  });
  const depths = new Map<string, () => number>();
  new Gauge({
    name: 'abohb_queue_depth',
    help: 'Keys waiting to be reconciled.',
    labelNames: ['controller'],
    registers,
    collect() {
      for (const [controller, depth] of depths) this.set({ controller }, depth());
    },
  });
  const watchRestarts = new Counter({
    name: 'abohb_watch_restarts_total',
    help: 'Lists and watches that broke off and began again.',
    labelNames: ['kind', 'reason'],
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'abohb_api_request_duration_seconds',
    help: 'Duration of requests to the API server; of watches and logs, until the answer began.',
    labelNames: ['verb', 'kind', 'code'],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const leader = new Gauge({
    name: 'abohb_leader',
    help: '1 while this process holds the lease.',
    registers,
  });
  const eventsDropped = new Counter({
    name: 'abohb_events_dropped_total',
    help: 'Events that were thrown away.',
    registers,
  });
  const decisions = new Counter({
    name: 'abohb_decisions_total',
    help: 'Decisions taken, by kind.',
    labelNames: ['kind'],
    registers,
  });
  const suggestionSeconds = new Histogram({
    name: 'abohb_suggestion_duration_seconds',
    help: 'Duration of suggestions.',
    buckets: SUGGESTION_BUCKETS,
    registers,
  });
  const studies = new Gauge({ name: 'abohb_studies', help: 'Studies by state.', labelNames: ['state'], registers });
  const trials = new Gauge({ name: 'abohb_trials', help: 'Trials by state.', labelNames: ['state'], registers });
  const gpuSeconds = new Counter({
    name: 'abohb_gpu_seconds_total',
    help: 'GPU time used by trials.',
    labelNames: ['namespace'],
    registers,
  });

  const releaseSeconds = new Histogram({
    name: 'abohb_gpu_release_seconds',
    help: 'Time from the decision that a trial ends or pauses to the end of its pod.',
    buckets: RELEASE_BUCKETS,
    registers,
  });
  const studyGpuSeconds = new Gauge({
    name: 'abohb_study_gpu_seconds',
    help: 'GPU time used by each Study there is, by what became of its trials.',
    labelNames: ['namespace', 'study', 'outcome'],
    registers,
  });
  const studyGpuSecondsSaved = new Gauge({
    name: 'abohb_study_gpu_seconds_saved',
    help: 'Estimate of the GPU time each Study there is has saved by stopping and pausing trials.',
    labelNames: ['namespace', 'study'],
    registers,
  });

  return {
    reconciled: (controller, seconds) => reconcileSeconds.observe({ controller }, seconds),
    reconcileFailed: (controller, code) => reconcileErrors.inc({ controller, code }),
    queueDepth: (controller, depth) => depths.set(controller, depth),
    watchRestarted: (kind, reason) => watchRestarts.inc({ kind, reason }),
    leading: (isLeader) => leader.set(isLeader ? 1 : 0),
    eventDropped: () => eventsDropped.inc(),
    requested: ({ verb, kind, code, seconds }) => requestSeconds.observe({ verb, kind, code }, seconds),
    decided: (kind, count = 1) => decisions.inc({ kind }, count),
    suggested: (seconds) => suggestionSeconds.observe(seconds),
    studies: (byState) => setStates(studies, byState),
    trials: (byState) => setStates(trials, byState),
    usedGpu: (namespace, seconds) => gpuSeconds.inc({ namespace }, seconds),
    releasedGpu: (seconds) => releaseSeconds.observe(seconds),
    usages: (usages) => {
      studyGpuSeconds.reset();
      studyGpuSecondsSaved.reset();
      for (const { namespace, study, byOutcome, saved } of usages) {
        for (const [outcome, seconds] of Object.entries(byOutcome)) {
          studyGpuSeconds.set({ namespace, study, outcome }, seconds);
        }
        studyGpuSecondsSaved.set({ namespace, study }, saved);
      }
    },
    page: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

function setStates(gauge: Gauge<'state'>, byState: Readonly<Record<string, number>>): void {
  gauge.reset();
  for (const [state, count] of Object.entries(byState)) gauge.set({ state }, count);
}
