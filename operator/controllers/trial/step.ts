/**
 * The next step of one trial, from everything known about it: the status it should have, and the Job that should exist
 * now. Pure: taking the step twice is taking it once.
 */
import type { Attempt, Report, Trial, TrialStatus } from '../../api/trial.ts';
import { condition, type Finding } from '../../conditions.ts';
import type { Job, Pod } from '../../kube/kinds.ts';
import { extend } from '../../metrics/curve.ts';
import { gpusOf, jobName, trialJob } from '../../objects/job.ts';
import { hasEnded } from '../../observe.ts';
import { isHopeless, listed, MAX_FRUITLESS } from './attempts.ts';
import { disrupted, inWords, mayBeginAt } from './disruption.ts';
import { type AttemptState, attemptState, type Ending } from './ending.ts';
import { afterExit, exitOf } from './exit.ts';
import { LOOK_AGAIN_MS, lookAgainAfter } from './look-again.ts';
import { goneSince } from './own-pod.ts';
import { isPausing, pausesAt } from './pausing.ts';
import { codeTime, finishTime, podEnd, startTime, termination, waitingFor } from './pod.ts';
import { heldBack, nextRun, waitsInQueue } from './queue.ts';
import { unusableIn } from './reports.ts';
import { mayRetry } from './retrying.ts';
import { isSuspending, SUSPENDING } from './suspending.ts';
import { unitsTrained } from './trained.ts';
import { finding, MESSAGE_LENGTH, type Progress, status } from './trial-status.ts';
import { LOG_UNREAD, trainsUnread } from './unread.ts';
import { verdict } from './verdict.ts';
import { container, hasFinishedJob, mayRunTo, openAttempt, podOf, reached, runsTo, type TrialView } from './view.ts';

export interface Step {
  readonly status: TrialStatus;
  readonly create?: Job;
  readonly remove?: Job;
  /** Look again after this, whatever happens. */
  readonly requeueAfterMs?: number;
}

export function step(view: TrialView): Step {
  const { trial } = view;
  const before = trial.status?.attempts ?? [];
  if (hasEnded(trial.status)) return leftovers(view);
  const reports = curve(view);
  const attempt = openAttempt(trial);
  if (!attempt) return between(view, { reports, attempts: before });
  const state = attemptState(view, attempt, reports);
  const updated = updatedAttempt(view, attempt, state);
  // Also where the Job has ended since: it did not end with a pod that another one has followed.
  const resumed = state.kind === 'unwanted' ? undefined : nextRun(view, updated, reports);
  if (resumed) return goingOn(view, resumed, { reports, attempts: before });
  const attempts = [...before.slice(0, -1), updated];
  if (state.kind !== 'ended') {
    const failure = verdict(view, attempt, reports);
    return during(view, { reports, attempts, ...(failure && { failure }) }, state);
  }
  return afterwards(view, { reports, attempts }, state.ending);
}

/** Another attempt follows at once. */
function goingOn(view: TrialView, resumed: TrialView, before: Progress): Step {
  const { trial } = resumed;
  const at = reached(before.reports);
  if (isHopeless(before.attempts, at)) return giveUp(view, before);
  const attempts = listed(trial.status?.attempts ?? [], at);
  return step({ ...resumed, trial: { ...trial, status: { ...trial.status, attempts } } });
}

/** A trial that has ended keeps its status; a Job that still runs for it has no business to. */
function leftovers({ trial, jobs }: TrialView): Step {
  const running = jobs.find((job) => !job.metadata.deletionTimestamp && !hasFinishedJob(job));
  return { status: trial.status ?? {}, ...(running && { remove: running }) };
}

/** The curve with the reports of the current attempt: up to the first that reaches the level it was to run to. */
function curve(view: TrialView): readonly Report[] {
  const known = view.trial.status?.observations ?? [];
  const target = runsTo(view);
  const news = view.news?.reports ?? [];
  const last = news.find(({ resource }) => resource >= target)?.resource ?? Number.POSITIVE_INFINITY;
  const before = reached(known);
  const wanted = news.filter(({ resource }) => (before >= target ? resource === before : resource <= last));
  return extend({ reports: known, levels: view.levels, goal: view.study.spec.objective.goal }, wanted).reports;
}

function updatedAttempt(view: TrialView, attempt: Attempt, state: AttemptState): Attempt {
  const pod = podOf(view, attempt);
  const now = new Date(view.now).toISOString();
  const gone = goneSince(view, attempt);
  const { endTime: _, ...begins } = begun(attempt, pod, container(view.study));
  return {
    ...begins,
    ...(gone !== undefined && { endTime: gone }),
    trained: unitsTrained(view.news, attempt),
    ...(state.kind === 'unwanted' && state.hasSucceeded && { succeeded: true }),
    ...(state.kind === 'unwanted' && state.isUnread && { reason: LOG_UNREAD }),
    ...(state.kind === 'unwanted' && isPausing(view, attempt) && { until: pausesAt(view, attempt) }),
    ...(state.kind === 'ended' && {
      outcome: state.ending.outcome,
      ...(state.ending.failure && { failure: state.ending.failure.class }),
      ...(state.ending.disruption && disrupted(state.ending.disruption)),
      endTime: finishTime(pod, container(view.study)) ?? gone ?? podEnd(pod) ?? now,
    }),
  };
}

/** With what its pod has told of its start. */
function begun(attempt: Attempt, pod: Pod | undefined, name: string): Attempt {
  const started = attempt.startTime ?? startTime(pod);
  if (started === undefined) return attempt;
  const code = attempt.codeTime ?? codeTime(pod, name);
  const podName = attempt.pod ?? pod?.metadata.name;
  return {
    ...attempt,
    ...(podName !== undefined && { pod: podName }),
    startTime: started,
    ...(code !== undefined && { codeTime: code }),
  };
}

/** An attempt is under way. */
function during(view: TrialView, progress: Progress, state: Exclude<AttemptState, { kind: 'ended' }>): Step {
  const attempt = progress.attempts.at(-1);
  const pod = attempt && podOf(view, attempt);
  const held = state.kind === 'open' ? heldBack(view, progress.attempts) : suspending(view, pod, progress);
  const found = held ?? (holdsPlace(pod, container(view.study)) ? running(view, progress, state) : waiting(view, pod));
  const lookAgain = attempt && lookAgainAfter(view, attempt, progress.reports);
  return {
    status: status(view, progress, found),
    ...(lookAgain !== undefined && { requeueAfterMs: lookAgain }),
    // What its queue says of it comes without an event.
    ...(held && state.kind === 'open' && waitsInQueue(view, attempt) && { requeueAfterMs: askQueueAgainMs(view) }),
    ...(state.kind === 'ending' && { requeueAfterMs: LOOK_AGAIN_MS }),
    ...(state.kind === 'unwanted' && { remove: state.job }),
  };
}

function holdsPlace(pod: Pod | undefined, name: string): boolean {
  return pod?.status?.phase === 'Running' || termination(pod, name) !== undefined;
}

/** On record before its Job is deleted, or nothing would tell it from a disruption once the Study is resumed. */
function suspending(view: TrialView, pod: Pod | undefined, { attempts }: Progress): Finding | undefined {
  if (!isSuspending(view) || view.trial.spec.stop) return undefined;
  const type = holdsPlace(pod, container(view.study)) ? 'Running' : 'Queued';
  return finding(type, SUSPENDING, `Job ${attempts.at(-1)?.job} is being deleted: the Study is suspended`);
}

function waiting(view: TrialView, pod: Pod | undefined): Finding {
  const why = view.refusal ?? waitingFor(pod, container(view.study)) ?? 'its pod has not started';
  return finding('Queued', 'Waiting', `waits to run: ${why}`.slice(0, MESSAGE_LENGTH));
}

/** A trial that waits in a queue is asked about so often; that it may go on is seen at once. */
function askQueueAgainMs({ queue }: TrialView): number {
  return queue?.waitsFor === undefined ? 10_000 : 30_000;
}

function running(view: TrialView, { attempts }: Progress, state: AttemptState): Finding {
  const { resource } = view.study.spec;
  const attempt = attempts.at(-1);
  const { job = '', until = 0 } = attempt ?? {};
  if (state.kind === 'unwanted') return finding('Running', 'Ending', `Job ${job} is being deleted`);
  const exit = attempt && exitOf(view, attempt);
  const told = exit && afterExit(view, exit);
  if (told !== undefined) return finding('Running', 'Exited', told.slice(0, MESSAGE_LENGTH));
  const words = `Job ${job} trains to ${resource.name} ${Math.min(until, mayRunTo(view))}`;
  return trainsUnread(view, words) ?? finding('Running', 'Training', words);
}

/** An attempt has just ended. */
function afterwards(view: TrialView, progress: Progress, { outcome, failure, disruption }: Ending): Step {
  if (failure && mayRetry(view, progress.attempts, failure)) return between(view, { ...progress, retried: failure });
  if (failure)
    return { status: status(view, { ...progress, failure }, finding('Failed', failure.class, failure.message)) };
  const told = progress.attempts.at(-1)?.until ?? 0;
  if (outcome === 'Succeeded' && !view.trial.spec.stop && reached(progress.reports) < told) {
    const { resource } = view.study.spec;
    const message = `its code ended at ${resource.name} ${reached(progress.reports)}, before ${told}${unusableIn(view.news)}`;
    return { status: status(view, progress, finding('Completed', 'EndedEarly', message)) };
  }
  return between(view, { ...progress, disruption });
}

/** No attempt is under way: the trial is at rest, or the next attempt begins. */
function between(view: TrialView, progress: Progress): Step {
  const { study, trial } = view;
  const { name, max } = study.spec.resource;
  const at = reached(progress.reports);
  const rest = (found: Finding): Step => ({ status: status(view, progress, found) });
  // Begun and not written down: whatever happens to it now is written down too.
  if (view.jobs.some(({ metadata }) => metadata.name === nextJob(view, progress))) return begin(view, progress);
  if (trial.spec.stop) return rest(finding('Stopped', trial.spec.stop.reason, trial.spec.stop.message));
  if (at >= max) return rest(finding('Completed', 'MaxReached', `trained to ${name} ${at}`));
  if (at >= mayRunTo(view)) return rest(finding('Paused', 'RungReached', `waits at ${name} ${at} to be promoted`));
  if (study.spec.suspend) return rest(finding('Queued', 'Suspended', 'waits until the Study is resumed'));
  const wait = mayBeginAt(progress.attempts) - view.now;
  return wait > 0 ? { ...rest(refused(view, progress)), requeueAfterMs: wait } : begin(view, progress);
}

/** What its node said of the last pod, which is gone by the next look. */
function refused({ trial }: TrialView, { attempts, disruption }: Progress): Finding {
  const until = new Date(mayBeginAt(attempts)).toISOString();
  const words = disruption ? inWords(disruption) : (attempts.at(-1)?.reason ?? '');
  const before = condition(trial.status?.conditions, 'Queued');
  const isTold = !disruption && before?.reason === 'TurnedAway' && before.message !== undefined;
  const message = `waits until ${until} to be tried again: its node has turned its pod away: ${words}`;
  return finding('Queued', 'TurnedAway', isTold ? (before.message ?? '') : message);
}

function nextJob({ trial }: TrialView, { attempts }: Progress): string {
  return jobName(trial.metadata.name, nextNumber(trial, attempts));
}

/** Of the Job after the last one. */
function nextNumber(trial: Trial, attempts: readonly Attempt[]): number {
  return Number(attempts.at(-1)?.job.slice(trial.metadata.name.length + 1) ?? 0) + 1;
}

/** The next attempt: its Job is created unless it is there already (then we were interrupted after creating it). */
function begin(view: TrialView, progress: Progress): Step {
  const { study, trial } = view;
  const { attempts, reports } = progress;
  const at = reached(reports);
  if (isHopeless(attempts, at)) return giveUp(view, progress);
  const until = runsTo(view);
  const create = trialJob({ study, trial, attempt: nextNumber(trial, attempts), until, image: view.image });
  const job = create.metadata.name;
  const attempt: Attempt = { job, until, from: at, gpus: gpusOf(create), trained: 0 };
  const exists = view.jobs.some(({ metadata }) => metadata.name === job);
  const found = finding(
    'Queued',
    progress.retried ? 'Retried' : 'Created',
    `Job ${job} was created${whyAgain(progress)}`,
  );
  return {
    status: status(view, { ...progress, attempts: listed([...attempts, attempt], at) }, found),
    ...(!exists && { create }),
  };
}

function whyAgain({ retried, disruption }: Progress): string {
  if (retried) return ` since the last attempt failed (${retried.class}): ${retried.message}`;
  return disruption ? ` since the last attempt was disrupted (${inWords(disruption)})` : '';
}

function giveUp(view: TrialView, progress: Progress): Step {
  const message = `the last ${MAX_FRUITLESS} attempts were ended by disruptions, preemptions or suspensions before they came any further: given up`;
  const failure = { class: 'Disruption', message } as const;
  return { status: status(view, { ...progress, failure }, finding('Failed', 'Disruption', message)) };
}
