/** Whether a Study has ended, and how. Pure. */
import type { Plan } from '../../../src/decide.ts';
import { isCounted } from '../../api/failures.ts';
import type { Best, Study } from '../../api/study.ts';
import type { Trial } from '../../api/trial.ts';
import { condition } from '../../conditions.ts';
import { hasEnded, stateOf } from '../../observe.ts';
import { durationMs } from '../duration.ts';
import { gpuSeconds } from '../trial/trial-status.ts';
import { heldForGood } from '../waiting.ts';
import { numeral } from '../words.ts';
import { type Stall, stalledWords } from './breaker.ts';
import { createdSoFar } from './study-status.ts';

export interface Outcome {
  /** True: ended with a best trial. False: ended without. Unknown: goes on. */
  readonly succeeded: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** It has ended while trials were running: they are stopped or left to finish, as the Study says. */
  readonly cutsOff: boolean;
}

export interface Evidence {
  readonly study: Study;
  readonly trials: readonly Trial[];
  readonly best: Best | undefined;
  readonly stall?: Stall | undefined;
  readonly plan: Pick<Plan, 'decisions' | 'exhausted'>;
  readonly startTime: number;
  readonly now: number;
}

/** The first that applies, in this order. */
export function outcome(evidence: Evidence): Outcome {
  return tooManyFailures(evidence) ?? cutOff(evidence) ?? nothingLeft(evidence) ?? goingOn(evidence);
}

function tooManyFailures({ study, trials }: Evidence): Outcome | undefined {
  const { maxFailedTrials } = study.spec.limits;
  const failed = trials.filter(
    ({ status }) => stateOf(status) === 'Failed' && status?.failure && isCounted(status.failure.class),
  );
  if (maxFailedTrials === undefined || failed.length <= maxFailedTrials) return undefined;
  const last = failed.at(-1);
  const message = `${failed.length} trials have failed, more than maxFailedTrials ${maxFailedTrials}; the last: ${last?.status?.failure?.message}`;
  return { succeeded: 'False', reason: 'TooManyFailures', message, cutsOff: true };
}

/** By its target or a limit that trials can exceed while they run. */
function cutOff(evidence: Evidence): Outcome | undefined {
  const reached = targetReached(evidence) ?? overTime(evidence) ?? overGpuHours(evidence) ?? stillOver(evidence);
  return reached && ended(evidence, { ...reached, cutsOff: true });
}

interface Reached {
  readonly reason: string;
  readonly message: string;
}

function targetReached({ study, best }: Evidence): Reached | undefined {
  const { target, goal, metric } = study.spec.objective;
  if (target === undefined || !best) return undefined;
  const isReached = goal === 'Minimize' ? best.value <= target : best.value >= target;
  return isReached
    ? {
        reason: 'TargetReached',
        message: `${best.trial} reached ${metric} ${numeral(best.value)}; the target was ${target}`,
      }
    : undefined;
}

function overTime({ study, startTime, now }: Evidence): Reached | undefined {
  const { maxDuration } = study.spec.limits;
  if (maxDuration === undefined || now - startTime < durationMs(maxDuration)) return undefined;
  return { reason: 'MaxDurationReached', message: `ran for maxDuration ${maxDuration}` };
}

function overGpuHours({ study, trials, now }: Evidence): Reached | undefined {
  const { maxGPUHours } = study.spec.limits;
  if (maxGPUHours === undefined) return undefined;
  const used = usedGpuSeconds(trials, now) / SECONDS_PER_HOUR;
  if (used < maxGPUHours) return undefined;
  return { reason: 'MaxGPUHoursReached', message: `used ${numeral(used)} of maxGPUHours ${maxGPUHours}` };
}

const SECONDS_PER_HOUR = 3600;

/**
 * What was used is counted to the present while a pod runs, and less once its end is known; clocks jump. Whatever it was
 * that ended the Study then, only an edit takes it up again.
 */
function stillOver({ study: { metadata, status } }: Evidence): Reached | undefined {
  const found = condition(status?.conditions, 'Succeeded');
  if (found?.status !== 'True' || found.observedGeneration !== metadata.generation) return undefined;
  const { reason = '', message = '' } = found;
  return reason === 'MaxDurationReached' || reason === 'MaxGPUHoursReached' ? { reason, message } : undefined;
}

/** Including what attempts under way hold. */
export function usedGpuSeconds(trials: readonly Trial[], now: number): number {
  const attempts = trials.flatMap(({ status }) => status?.attempts ?? []);
  return attempts.reduce((sum, attempt) => sum + gpuSeconds(attempt, now), 0);
}

/** No trial can be started or promoted, and none is under way. */
function nothingLeft(evidence: Evidence): Outcome | undefined {
  const { study, trials, plan } = evidence;
  if (plan.exhausted === undefined || plan.decisions.length > 0) return undefined;
  if (trials.some((trial) => !isAtRest(trial))) return undefined;
  const reached =
    plan.exhausted === 'MaxTrials'
      ? {
          reason: 'MaxTrialsReached',
          message: `${createdSoFar(study, trials)} trials have run, as maxTrials ${study.spec.limits.maxTrials} allows`,
        }
      : {
          reason: 'SpaceExhausted',
          message: `all ${createdSoFar(study, trials)} configurations of the search space have been tried`,
        };
  return ended(evidence, { ...reached, cutsOff: false });
}

/** Ended, or paused with no promotion in sight. */
function isAtRest({ spec, status }: Trial): boolean {
  return hasEnded(status) || (stateOf(status) === 'Paused' && (status?.reached ?? 0) >= spec.until);
}

function ended({ best }: Evidence, { reason, message, cutsOff }: Reached & { cutsOff: boolean }): Outcome {
  if (best) return { succeeded: 'True', reason, message, cutsOff };
  return {
    succeeded: 'False',
    reason: 'NoTrialReported',
    message: `${message}; no trial has reported a value`,
    cutsOff,
  };
}

function goingOn({ study, trials, stall }: Evidence): Outcome {
  const running = trials.filter(({ status }) => !hasEnded(status)).length;
  if (study.spec.suspend) {
    return { succeeded: 'Unknown', reason: 'Suspended', message: 'the Study is suspended', cutsOff: false };
  }
  const stalled = stall ? stalledWords(stall) : heldForGood(trials)?.message;
  if (stalled !== undefined) return { succeeded: 'Unknown', reason: 'Stalled', message: stalled, cutsOff: false };
  return {
    succeeded: 'Unknown',
    reason: 'Running',
    message: `${running} of ${trials.length} trials have not ended`,
    cutsOff: false,
  };
}
