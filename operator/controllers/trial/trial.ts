/** The trial controller: makes happen what a Trial's spec says, and writes down in its status what happened. */
import { allLevels, createScheduler } from '../../../src/scheduling/scheduler.ts';
import { engineStudy } from '../../api/engine-study.ts';
import { same } from '../../api/schema.ts';
import type { Study } from '../../api/study.ts';
import { type Attempt, TRIAL, type TrialStatus } from '../../api/trial.ts';
import { isKubeError, keyOf, refOf, refOfKey } from '../../kube/cluster.ts';
import type { Job, Pod } from '../../kube/kinds.ts';
import type { LogFollower } from '../../metrics/follower.ts';
import { asJob } from '../../objects/workload.ts';
import { hasEnded } from '../../observe.ts';
import type { Cache } from '../../runtime/cache.ts';
import type { Reconcile, Requeue } from '../../runtime/controller.ts';
import type { Freshness } from '../../runtime/freshness.ts';
import type { Place, Workloads } from '../../workloads/workloads.ts';
import { type Context, isOwnedBy, SPEC_MANAGER, STATUS_OPTIONS, statusUpon, studyRef } from '../context.ts';
import { failedPod } from './culprit.ts';
import { exitOf } from './exit.ts';
import { happeningOf, unreadHappening } from './happenings.ts';
import { observedJobs } from './observed-jobs.ts';
import { BY_TRIAL, cachedPods, observedPods } from './observed-pods.ts';
import { refusalOfPod } from './podless.ts';
import { newPriority, presentPods } from './queue.ts';
import { queueWords } from './queue-words.ts';
import { type Refusal, refusedStep } from './refusing.ts';
import { releaseSeconds } from './release.ts';
import { newsOf, reportingContainer } from './reports.ts';
import { complaintOfPod } from './starting.ts';
import { type Step, step } from './step.ts';
import { transition } from './trial-status.ts';
import { openAttempt, podOf, type TrialView } from './view.ts';
import { isBeginning, waitBeforeWriting } from './writing.ts';

export interface TrialContext extends Context {
  /** Nothing is decided on caches that have not seen our own writes. */
  readonly guards: { readonly trials: Freshness };
  readonly workloads: Workloads;
  readonly follower: LogFollower;
}

/** With where the objects are that train the trial. */
interface Placed extends TrialContext {
  readonly place: Place;
  /** The pods that labels of the Study's find. */
  readonly labelled: Cache<Pod> | undefined;
}

export function trialReconciler(context: TrialContext): Reconcile {
  const writtenAt = new Map<string, number>();
  return async (key) => {
    const owned = livingTrial(context, key);
    if (!owned) {
      for (const pod of context.caches.pods.list(BY_TRIAL, key)) context.follower.forget(refOf(pod));
      writtenAt.delete(key);
      return 'until-changed';
    }
    const placed = await placedIn(context, owned);
    if (placed === undefined) return { afterMs: NO_KIND_MS };
    if (isStale(placed, key)) return { afterMs: STALE_MS };
    return act(placed, await viewOf(placed, key, owned), { key, writtenAt });
  };
}

/** How soon to look again when the caches have not yet seen our own writes; they also wake us when they have. */
const STALE_MS = 250;
/** The kind is gone though the Study was accepted: until its definition is back. */
const NO_KIND_MS = 30_000;

/** Undefined while the cluster has no such kind. What has ended looks at no pods, and begins to watch none. */
async function placedIn(context: TrialContext, { study, trial }: Owned): Promise<Placed | undefined> {
  const place = await context.workloads.place(study.spec);
  if (place === undefined) return undefined;
  const labelled = hasEnded(trial.status) ? undefined : context.workloads.pods.of(study);
  return { ...context, place, labelled };
}

function isStale({ caches, guards, place, labelled }: Placed, key: string): boolean {
  if (!place.cache.hasSynced || labelled?.hasSynced === false) return true;
  return !guards.trials.isFresh(key, caches.trials) || !place.guard.isFresh(key, place.cache);
}

type Owned = Pick<TrialView, 'study' | 'trial'>;

/** The Trial and its Study, unless either is gone or going. */
function livingTrial({ caches }: TrialContext, key: string): Owned | undefined {
  const trial = caches.trials.get(key);
  const study = trial && caches.studies.get(keyOf(studyRef(trial)));
  if (!study || study.metadata.deletionTimestamp || trial.metadata.deletionTimestamp) return undefined;
  return isOwnedBy(trial, study) ? { study, trial } : undefined;
}

async function viewOf(context: Placed, key: string, { study, trial }: Owned): Promise<TrialView> {
  const { cluster, caches, follower, clock, image, place, labelled } = context;
  const attempt = hasEnded(trial.status) ? undefined : openAttempt(trial);
  const owned = (await observedJobs({ cluster, place }, key, attempt)).filter((job) => isOwnedBy(job, trial));
  const jobs = owned.map((job) => asJob(job, study.spec));
  const source = { cluster, pods: caches.pods, labelled };
  const observed = await observedPods(source, key, { study, trial, attempt, jobs });
  const pods = presentPods(observed, trial.status?.attempts ?? []);
  const pod = attempt && podOf({ study, pods }, attempt);
  const now = clock.now();
  const reporting = pod?.metadata.name ?? attempt?.pod;
  const { namespace } = refOfKey(key);
  // A pod may go before all it said is on record.
  const said =
    reporting === undefined ? undefined : follower.said({ namespace, name: reporting }, reportingContainer(study));
  const failed = attempt && blamed({ study, jobs, pods, now }, attempt);
  const news = newsOf({ study, trial, pod, follower, now, said, failed });
  const situation = { study, trial, jobs, pods, now };
  const refusal = await refusalOfPod(cluster, situation);
  const complaint = await complaintOfPod(cluster, situation);
  const queue = await queueWords(cluster, situation);
  const object = owned.find(({ metadata }) => metadata.name === attempt?.job);
  const conditions = object?.status?.conditions?.map(({ type, status }) =>
    status === 'True' ? type : `${type}=${status}`,
  );
  return { ...situation, news, refusal, complaint, queue, conditions, ...ladder(study), image };
}

/** Of the trial's pods only those speak that the attempt under way has, or had last. */
function forgetOthers(context: Placed, key: string, view: TrialView): void {
  const { caches, follower, labelled } = context;
  const { status } = view.trial;
  const attempt = hasEnded(status) ? undefined : openAttempt(view.trial);
  const reporting = attempt && (podOf(view, attempt)?.metadata.name ?? attempt.pod);
  const speaking = [reporting, attempt && blamed(view, attempt)?.metadata.name];
  const { namespace } = refOfKey(key);
  const others = [
    ...cachedPods({ pods: caches.pods, labelled }, key).map(({ metadata }) => metadata.name),
    ...(status?.attempts ?? []).flatMap((other) => other.pod ?? []),
  ];
  for (const name of others) if (!speaking.includes(name)) follower.forget({ namespace, name });
}

/** The pod that has failed, though what trains the trial may not have said so. */
function blamed(view: Pick<TrialView, 'study' | 'jobs' | 'pods' | 'now'>, attempt: Attempt): Pod | undefined {
  const exit = exitOf(view, attempt);
  return failedPod(view, attempt.job) ?? (exit?.isGood ? undefined : exit?.pod);
}

/** The levels that matter. */
function ladder(study: Study): Pick<TrialView, 'levels' | 'pauses'> {
  const scheduler = createScheduler(engineStudy(study.spec, { seed: 0, open: false }));
  return { levels: [...allLevels(scheduler), study.spec.resource.max], pauses: scheduler.pauses };
}

interface Batching {
  readonly key: string;
  /** When each Trial's status was last written; lost in a restart, which only writes once more. */
  readonly writtenAt: Map<string, number>;
}

async function act(context: Placed, view: TrialView, batching: Batching): Promise<Requeue> {
  const { next, seen } = await stepWithin(context, view, batching.key);
  forgetOthers(context, batching.key, seen);
  if (next.create) {
    const refusal = await create(context, next.create, batching.key);
    if (refusal !== undefined) return settle(context, view, refusedStep(view, next, refusal), batching);
  }
  // Written down first: why a Job is deleted may be in its log only, and that goes with it.
  const requeue = await settle(context, view, next, batching);
  if (next.remove) await remove(context, next.remove);
  else await prioritize(context, view, batching.key);
  return requeue;
}

async function prioritize({ cluster, place, log }: Placed, view: TrialView, key: string): Promise<void> {
  const job = newPriority(view);
  if (!job) return;
  await place.guard.write(key, () => cluster.apply(place.kind, job, { fieldManager: SPEC_MANAGER }));
  log.info({ job: keyOf(refOf(job)), labels: job.metadata.labels }, 'changed the priority of a Job');
}

/**
 * The step, and what was seen when it was taken; of an attempt whose Job exists but is not on record, the one that it is at
 * by now.
 */
async function stepWithin(context: Placed, view: TrialView, key: string): Promise<{ next: Step; seen: TrialView }> {
  const next = step(view);
  if (next.create || !isBeginning({ before: view.trial.status, after: next.status })) return { next, seen: view };
  const trial = { ...view.trial, status: next.status };
  const seen = await viewOf(context, key, { study: view.study, trial });
  return { next: step(seen), seen };
}

async function remove({ cluster, place, log }: Placed, job: Job): Promise<void> {
  const { uid } = job.metadata;
  await cluster.delete(place.kind, refOf(job), uid === undefined ? {} : { uid });
  log.info({ job: keyOf(refOf(job)) }, 'deleted a Job');
}

/** Undefined when it is there. */
async function create({ cluster, log, place }: Placed, job: Job, key: string): Promise<Refusal | undefined> {
  try {
    await place.guard.write(key, () => cluster.create(place.kind, job));
    log.info({ job: keyOf(refOf(job)) }, 'created a Job');
    return undefined;
  } catch (error) {
    if (!isKubeError(error, 'Invalid', 'BadRequest', 'Forbidden')) throw error;
    const isFinal = error.code !== 'Forbidden';
    log.warn({ job: keyOf(refOf(job)), reason: error.message }, 'a Job was refused');
    return { words: isFinal ? `the ${place.kind.kind} was refused: ${error.message}` : error.message, isFinal };
  }
}

async function settle(context: TrialContext, view: TrialView, next: Step, batching: Batching): Promise<Requeue> {
  const { trial } = view;
  const wait = same(next.status, trial.status ?? {}) ? 0 : waitFor(view, next, batching);
  if (wait === undefined) {
    await write(context, view, next.status, batching);
    return next.requeueAfterMs === undefined ? 'until-changed' : { afterMs: next.requeueAfterMs };
  }
  const waits = [wait, next.requeueAfterMs ?? 0].filter((ms) => ms > 0);
  return waits.length === 0 ? 'until-changed' : { afterMs: Math.min(...waits) };
}

function waitFor({ trial, levels, jobs, now }: TrialView, next: Step, batching: Batching): number | undefined {
  const writtenAt = batching.writtenAt.get(batching.key);
  const change = { before: trial.status, after: next.status, removes: next.remove !== undefined };
  return waitBeforeWriting({ ...change, levels, jobs, writtenAt, now });
}

async function write(context: TrialContext, view: TrialView, status: TrialStatus, batching: Batching): Promise<void> {
  const { cluster, guards, log, record, telemetry } = context;
  const { trial, study } = view;
  await guards.trials.write(batching.key, () => cluster.applyStatus(TRIAL, statusUpon(trial, status), STATUS_OPTIONS));
  batching.writtenAt.set(batching.key, view.now);
  telemetry.usedGpu(
    trial.metadata.namespace ?? '',
    (status.usage?.gpuSeconds ?? 0) - (trial.status?.usage?.gpuSeconds ?? 0),
  );
  const release = releaseSeconds(trial, status);
  if (release !== undefined) telemetry.releasedGpu(release);
  const state = transition(trial.status, status);
  const told = unreadHappening(trial, status);
  if (told) record(study, told);
  if (state === undefined) return;
  const reason = status.conditions?.find(({ type }) => type === state);
  log.info({ trial: batching.key, state, reason: reason?.reason, message: reason?.message }, 'a trial changed state');
  const happening = happeningOf(study, trial, { state, status });
  if (happening) record(study, happening);
}
