/** Whether a Study has reached what ends it, by what is on record of its trials. */
import { isCounted } from '../../operator/api/failures.ts';
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { durationMs } from '../../operator/controllers/duration.ts';
import { gpuSeconds } from '../../operator/controllers/trial/trial-status.ts';
import { stateOf } from '../../operator/observe.ts';

export interface Standing {
  readonly study: Study;
  readonly trials: readonly Trial[];
  /** Milliseconds since the epoch, by a clock that is right. */
  readonly now: number;
  /** Milliseconds by which the operator's clock may be wrong. */
  readonly skewMs: number;
}

/** By its target, its failures, its time or its GPU hours; by a clock that is wrong the other way, too. */
export function isOver(standing: Standing): boolean {
  return (
    isTargetReached(standing) ||
    failedTrials(standing) > (standing.study.spec.limits.maxFailedTrials ?? Number.POSITIVE_INFINITY) ||
    isOverTime(standing) ||
    isOverGpuHours(standing)
  );
}

export function isTargetReached({ study, trials }: Pick<Standing, 'study' | 'trials'>): boolean {
  const { target, goal } = study.spec.objective;
  if (target === undefined) return false;
  const values = trials.flatMap(({ status }) => (status?.observations ?? []).map(({ value }) => value));
  return values.some((value) => (goal === 'Minimize' ? value <= target : value >= target));
}

/** Those that count against maxFailedTrials. */
export function failedTrials({ trials }: Pick<Standing, 'trials'>): number {
  return trials.filter(
    ({ status }) => stateOf(status) === 'Failed' && status?.failure && isCounted(status.failure.class),
  ).length;
}

/** Both its start and its end were told by a clock that jumps. */
function isOverTime({ study, now, skewMs }: Standing): boolean {
  const { maxDuration } = study.spec.limits;
  const { startTime } = study.status ?? {};
  if (maxDuration === undefined || startTime === undefined) return false;
  return now >= Date.parse(startTime) + durationMs(maxDuration) + 2 * skewMs;
}

function isOverGpuHours({ study, trials, now, skewMs }: Standing): boolean {
  const { maxGPUHours = Number.POSITIVE_INFINITY } = study.spec.limits;
  const attempts = trials.flatMap(({ status }) => status?.attempts ?? []);
  const used = attempts.reduce((sum, attempt) => sum + gpuSeconds(attempt, now - skewMs), 0);
  return used >= maxGPUHours * 3600;
}
