/** Trials whose Job the API server refuses: for good, for want of quota, or by somebody's policy. Pure. */
import type { TrialStatus } from '../../api/trial.ts';
import { durationMs } from '../duration.ts';
import { waitsForQuota } from './podless.ts';
import type { Step } from './step.ts';
import { finding, MESSAGE_LENGTH, status } from './trial-status.ts';
import type { TrialView } from './view.ts';

export interface Refusal {
  /** The API server's. */
  readonly words: string;
  /** It would refuse this Job whenever it is asked. */
  readonly isFinal: boolean;
}

/** The step that was to create a Job, now that this was refused. */
export function refusedStep(view: TrialView, { status: wanted }: Pick<Step, 'status'>, refusal: Refusal): Step {
  const since = Date.parse(view.trial.status?.refusedTime ?? '') || view.now;
  const { startDeadline } = view.study.spec.failures;
  if (refusal.isFinal) return { status: failedStatus(view, wanted, refusal.words) };
  if (!waitsForQuota(refusal.words) && view.now - since >= durationMs(startDeadline)) {
    return {
      status: failedStatus(view, wanted, `its Job could not be created within ${startDeadline}: ${refusal.words}`),
    };
  }
  return {
    status: waitingStatus(view, wanted, { words: refusal.words, since }),
    requeueAfterMs: waitMs(view.now - since),
  };
}

/** The longer it was refused, the rarer it is tried. */
function waitMs(elapsed: number): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, elapsed));
}

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;

/** Without the attempt that was to begin. */
function waitingStatus(
  view: TrialView,
  { observations: reports = [], attempts = [] }: TrialStatus,
  { words, since }: { readonly words: string; readonly since: number },
): TrialStatus {
  const message = `waits to run: its Job was refused: ${words}`.slice(0, MESSAGE_LENGTH);
  const waits = status(view, { reports, attempts: attempts.slice(0, -1) }, finding('Queued', 'Waiting', message));
  return { ...waits, refusedTime: new Date(since).toISOString() };
}

function failedStatus(
  view: TrialView,
  { observations: reports = [], attempts = [] }: TrialStatus,
  words: string,
): TrialStatus {
  const message = words.slice(0, MESSAGE_LENGTH);
  const failure = { class: 'StartFailed', message } as const;
  const ended = { endTime: new Date(view.now).toISOString(), outcome: 'Failed', failure: failure.class } as const;
  const all = attempts.map((attempt, i) => (i === attempts.length - 1 ? { ...attempt, ...ended } : attempt));
  return status(view, { reports, attempts: all, failure }, finding('Failed', 'StartFailed', message));
}
