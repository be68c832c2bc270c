/**
 * Why the trial fails though its Job has not: it diverged, its pod does not start, or its code has exited; found now, or
 * before its Job was deleted for it. It is written into the status as soon as it is seen, since what tells it goes with
 * the pod. Pure.
 */
import type { Attempt, Failure, Report } from '../../api/trial.ts';
import { isJobTemplate } from '../../api/workload.ts';
import { afterExit, decisiveExit, type Exit } from './exit.ts';
import { failureOf, lastLines, MESSAGE_LENGTH, noMetric, startFailed } from './failing.ts';
import { isPausing } from './pausing.ts';
import { waitsForQuota } from './podless.ts';
import { mayRetry } from './retrying.ts';
import { timeToStart } from './starting.ts';
import { failureBefore } from './successor.ts';
import { isShortUnread, unreadAgain } from './unread.ts';
import { reached, type TrialView } from './view.ts';

export function verdict(view: TrialView, attempt: Attempt, reports: readonly Report[]): Failure | undefined {
  // On record it stays as it is, though the log goes on.
  const known = view.trial.status?.failure ?? divergence(view);
  const start = known ?? turnedAway(view, attempt) ?? lateStart(view, attempt);
  return start ?? exited(view, attempt, reports) ?? triedAgain(view, attempt);
}

/** With what was waited for, where an object of another kind has not said that it has ended. */
function inVain(view: TrialView, exit: Exit, failure: Failure): Failure {
  if (isJobTemplate(view.study.spec.trialTemplate)) return failure;
  const words = (afterExit(view, exit) ?? '').slice(0, WORDS_LENGTH);
  return { ...failure, message: `${words}; ${failure.message}`.slice(0, MESSAGE_LENGTH) };
}

const WORDS_LENGTH = 500;

/** What trains it tries again by itself, more often than its Study allows. */
function triedAgain(view: TrialView, attempt: Attempt): Failure | undefined {
  const failure = failureBefore(view, attempt);
  const before = (view.trial.status?.attempts ?? []).slice(0, -1);
  const isAllowed = failure && mayRetry(view, [...before, { ...attempt, failure: failure.class }], failure);
  return isAllowed ? undefined : failure;
}

/** Of a trial that was stopped or paused it is nobody's fault any more. */
function exited(view: TrialView, attempt: Attempt, reports: readonly Report[]): Failure | undefined {
  if (view.trial.spec.stop || isPausing(view, attempt)) return undefined;
  const exit = decisiveExit(view, attempt);
  if (exit && !exit.isGood) return inVain(view, exit, failureOf(view, exit.job, exit.pod));
  if (!exit) return undefined;
  if (isShortUnread(view, attempt.until, reports)) return unreadAgain(view);
  return reached(reports) === 0 ? noMetric(view) : undefined;
}

function divergence(view: TrialView): Failure | undefined {
  const { news, study } = view;
  if (!news?.diverged) return undefined;
  const { objective, resource } = study.spec;
  const { value, resource: level } = news.diverged;
  const words = `${objective.metric} was ${value} at ${resource.name} ${level}: the training diverged`;
  return { class: 'NotFinite', message: `${words}; ${lastLines(view)}`.slice(0, MESSAGE_LENGTH) };
}

/** By its queue, for good. One that somebody has deactivated waits for somebody to activate it. */
function turnedAway({ queue }: TrialView, { job }: Attempt): Failure | undefined {
  const { cause, message = '' } = queue?.deactivated ?? {};
  if (cause === undefined) return undefined;
  const why = `its queue has deactivated Job ${job} (${cause}): ${message}`.slice(0, MESSAGE_LENGTH);
  return { class: cause === 'MaximumExecutionTimeExceeded' ? 'DeadlineExceeded' : 'StartFailed', message: why };
}

function lateStart(view: TrialView, attempt: Attempt): Failure | undefined {
  const { startDeadline } = view.study.spec.failures;
  const { refusal } = view;
  if (refusal !== undefined && !waitsForQuota(refusal)) {
    return startFailed(`Job ${attempt.job} could not make its pod within ${startDeadline}: ${refusal}`);
  }
  const left = timeToStart(view, attempt);
  if (left === undefined || left.ms > 0) return undefined;
  return startFailed(`its pod did not start within ${startDeadline}: ${left.why}`);
}
