/** What must hold in every simulated world, whatever goes wrong: each invariant is one function that says what broke. */
import { engineStudy } from '../../operator/api/engine-study.ts';
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import { gpuSeconds } from '../../operator/controllers/trial/trial-status.ts';
import type { Pod } from '../../operator/kube/kinds.ts';
import { engineTrial, hasEnded, stateOf } from '../../operator/observe.ts';
import { replay } from '../../src/replay.ts';
import { createSpace } from '../../src/space/space.ts';
import { type Limits, underWay } from './allowance.ts';
import { failedTrials, isTargetReached } from './over.ts';
import { trialOf } from './play.ts';
import type { Cause } from './stop-watch.ts';

export interface World {
  readonly study: Study;
  readonly trials: readonly Trial[];
  readonly runningPods: readonly Pod[];
  /** Pods that were really lost; undefined where nobody counts. */
  readonly lostPods?: number;
  /** How often a queue really preempted a Job; undefined where nobody counts. */
  readonly preemptions?: number;
  /** Pods that really could not start, or be created, other than for want of quota; undefined where nobody counts. */
  readonly unablePods?: number;
  /** How long the pods of each trial ran, in seconds, by its name; undefined where nobody counts. */
  readonly podSeconds?: ReadonlyMap<string, number>;
  /** How many they were, by its name; undefined where some may go unseen. */
  readonly podCounts?: ReadonlyMap<string, number>;
  /** Milliseconds that a pod ran on after it was decided that it is to end, the longest; undefined where nobody counts. */
  readonly unwantedFor?: Readonly<Record<Cause | 'open', number>>;
  /** What was on record of a trial and is not any more; undefined: nothing, or nobody looks. */
  readonly forgotten?: string | undefined;
  /**
   * Decisions that were written for a process that had died, when there was another one already: each may have a number
   * that the other has given, too. 0 where nobody counts.
   */
  readonly lateDecisions?: number;
  /** Trials that a user deleted; 0 where nobody does. What was decided about them went with them. */
  readonly deletedTrials?: number;
  /** Milliseconds by which the operator's clock was wrong at most. */
  readonly skewMs?: number;
  /** Milliseconds in which whatever was taken away is back and at work; undefined: what simulated faults may take. */
  readonly backWithinMs?: number;
  /** Milliseconds by which an event was late at most. */
  readonly lagMs?: number;
  /** What the Study allows, where its user changes that and nobody sees it at once; undefined: what it says now. */
  readonly allowed?: Limits;
}

/** One sentence when it is broken. */
export type Invariant = (world: World) => string | undefined;

/** Hold at every moment. */
export const ALWAYS: Readonly<Record<string, Invariant>> = {
  'never more trials run than parallelism allows': ({ study, allowed, runningPods }) =>
    runningPods.length > (allowed ?? study.spec).parallelism ? `${runningPods.length} run` : undefined,

  'never more trials are under way than parallelism allows': ({ allowed, trials }) => {
    const active = underWay(trials);
    return allowed && active > allowed.parallelism ? `${active} are under way` : undefined;
  },

  'never two pods of one trial at once': ({ runningPods }) => {
    const trial = twice(runningPods.map(trialOf));
    const pods = runningPods.filter((pod) => trial?.startsWith(`${trialOf(pod)} `));
    return trial && `${trial}: ${pods.map(({ metadata }) => metadata.name).join(', ')}`;
  },

  'never more trials than maxTrials': ({ study, allowed, trials }) =>
    trials.length > ((allowed ?? study.spec.limits).maxTrials ?? Number.POSITIVE_INFINITY)
      ? `${trials.length} exist`
      : undefined,

  'no number is given twice and none is left out': ({ trials, deletedTrials = 0 }) => {
    const numbers = [...new Set(trials.map(({ spec }) => spec.number))].sort((a, b) => a - b);
    const isOdd = numbers.length < trials.length || (numbers.at(-1) ?? 0) > numbers.length + deletedTrials;
    return isOdd ? `numbers are ${numbers.join(' ')}` : undefined;
  },

  'no configuration is tried twice': ({ study, trials }) => {
    const space = createSpace(engineStudy(study.spec, { seed: 0, open: true }).parameters);
    return twice(trials.map(({ spec }) => space.key(spec.parameters)));
  },

  'decisions are numbered one by one': ({ trials, lateDecisions = 0, deletedTrials = 0 }) => {
    const seqs = seqsOf(trials);
    const numbers = [...new Set(seqs)];
    const hasGap = deletedTrials === 0 && numbers.some((seq, i) => seq !== i + 1);
    const isOdd = hasGap || seqs.length - numbers.length > lateDecisions;
    return isOdd ? `the ledger is ${seqs.join(' ')}` : undefined;
  },

  'a trial that is stopped, suspended, paused or over with its Study gives its GPU back soon': ({
    unwantedFor,
    backWithinMs = RELEASE_MS,
  }) => {
    const { open: _, ...pods } = { open: 0, ...unwantedFor };
    const late = Object.entries(pods).find(([, ms]) => ms > backWithinMs);
    return late && `a pod ran on for ${late[1]} ms after its trial was ${late[0]}`;
  },

  'a Study that has reached what ends it ends soon': ({ unwantedFor, backWithinMs = RELEASE_MS }) =>
    unwantedFor && unwantedFor.open > backWithinMs ? `it went on for ${unwantedFor.open} ms` : undefined,

  'what is on record stays there': ({ forgotten }) => forgotten,

  'exactly one state holds for each trial': ({ trials }) => {
    const odd = trials.find(
      ({ status }) => status?.conditions && status.conditions.filter((c) => c.status === 'True').length !== 1,
    );
    return odd && `${odd.metadata.name} has ${JSON.stringify(odd.status?.conditions)}`;
  },
};

/** A crashed operator is back within 20 seconds, a few times in a row; requests are repeated after up to half a minute. */
const RELEASE_MS = 3 * 60_000;

/** A pod may go unseen, or be counted as running when it is gone, until the operator is back and its caches are. */
const UNSEEN_MS = 120_000;
/** Where events are late, those that follow them closely are later still. */
const LAG_MS = 240_000;

/** Hold when the study has ended. */
export const IN_THE_END: Readonly<Record<string, Invariant>> = {
  'no pod runs on': ({ runningPods }) => (runningPods.length > 0 ? `${runningPods.length} run on` : undefined),

  'no attempt is taken for disrupted that was not': ({ trials, lostPods }) => {
    const attempts = trials.flatMap(({ status }) => status?.attempts ?? []);
    const disrupted = attempts.filter(({ outcome }) => outcome === 'Disrupted').length;
    return disrupted > (lostPods ?? disrupted) ? `${disrupted} attempts, ${lostPods} pods lost` : undefined;
  },

  'no attempt is taken for preempted that was not': ({ trials, preemptions }) => {
    const attempts = trials.flatMap(({ status }) => status?.attempts ?? []);
    const preempted = attempts.filter(({ outcome }) => outcome === 'Preempted').length;
    return preempted > (preemptions ?? preempted) ? `${preempted} attempts, ${preemptions} preemptions` : undefined;
  },

  'no attempt is said not to have started that could': ({ trials, unablePods }) => {
    const attempts = trials.flatMap(({ status }) => status?.attempts ?? []);
    const unable = attempts.filter(({ failure }) => failure === 'StartFailed').length;
    return unable > (unablePods ?? unable) ? `${unable} attempts, ${unablePods} pods` : undefined;
  },

  'attempts last as long as pods ran': ({ trials, podSeconds, podCounts, skewMs = 0, lagMs = 0, ...world }) => {
    const { backWithinMs = UNSEEN_MS + (lagMs > 0 ? LAG_MS : 0) } = world;
    const odd = trials.find(({ metadata: { name }, status }) => {
      const attempts = status?.attempts ?? [];
      const counted = attempts.reduce((sum, attempt) => sum + gpuSeconds({ ...attempt, gpus: 1 }, 0), 0);
      const unseen = (backWithinMs + skewMs) / 1000;
      const tooLong = counted - (podSeconds?.get(name) ?? counted) > attempts.length * unseen;
      const tooShort =
        (podSeconds?.get(name) ?? 0) - counted > (podCounts?.get(name) ?? Number.POSITIVE_INFINITY) * unseen;
      return podSeconds && (tooLong || tooShort);
    });
    return (
      odd && `${odd.metadata.name}: ${podSeconds?.get(odd.metadata.name)} s, ${JSON.stringify(odd.status?.attempts)}`
    );
  },

  'every trial has ended or rests': ({ trials }) => {
    const odd = trials.find(({ status }) => !hasEnded(status) && stateOf(status) !== 'Paused');
    return odd && `${odd.metadata.name} is ${stateOf(odd.status) ?? 'unseen'}`;
  },

  'every decision can be recomputed from what was known': ({ study, trials, lateDecisions = 0, deletedTrials = 0 }) => {
    if (deletedTrials > 0) return undefined;
    const engine = engineStudy(study.spec, { seed: study.status?.seed ?? 0, open: true });
    const { disagreement } = replay({ study: engine, trials: trials.map(engineTrial) });
    // What comes after a late decision may have been decided without it.
    const isLate = lateDecisions > 0 && (disagreement?.seq ?? 0) >= firstTwice(seqsOf(trials));
    return isLate ? undefined : disagreement && JSON.stringify(disagreement);
  },

  'every trial that passed all its rungs was trained to the maximum': ({ study, trials }) => {
    const odd = trials.find(
      ({ spec, status }) =>
        stateOf(status) === 'Completed' &&
        spec.until >= study.spec.resource.max &&
        (status?.reached ?? 0) < study.spec.resource.max,
    );
    return odd && `${odd.metadata.name} completed at ${odd.status?.reached}`;
  },

  'too many failures, and nothing else, fail a Study by them': ({ study, trials }) => {
    const { maxFailedTrials = Number.POSITIVE_INFINITY } = study.spec.limits;
    const failed = failedTrials({ trials });
    const isSaid = condition(study.status?.conditions, 'Succeeded')?.reason === 'TooManyFailures';
    return isSaid === failed > maxFailedTrials ? undefined : `${failed} have failed of ${maxFailedTrials}`;
  },

  'a Study that reached its target says so, and no other does': ({ study, trials }) => {
    const reason = condition(study.status?.conditions, 'Succeeded')?.reason;
    const isReached = isTargetReached({ study, trials });
    if (reason === 'TooManyFailures' || (reason === 'TargetReached') === isReached) return undefined;
    return `its reason is ${reason}, its best ${study.status?.best?.value}`;
  },

  'the best is the best of all observations': ({ study, trials }) => {
    const values = trials.flatMap(({ status }) => (status?.observations ?? []).map(({ value }) => value));
    const best = study.spec.objective.goal === 'Minimize' ? Math.min(...values) : Math.max(...values);
    if (values.length === 0) return undefined;
    return study.status?.best?.value === best ? undefined : `best is ${study.status?.best?.value}, should be ${best}`;
  },
};

export function broken(invariants: Readonly<Record<string, Invariant>>, world: World): readonly string[] {
  return Object.entries(invariants).flatMap(([name, holds]) => {
    const why = holds(world);
    return why === undefined ? [] : [`${name}: ${why}`];
  });
}

/** The numbers of all decisions, ascending. */
function seqsOf(trials: readonly Trial[]): readonly number[] {
  return trials.flatMap(({ spec }) => spec.decisions.map(({ seq }) => seq)).sort((a, b) => a - b);
}

/** Infinity where none is. */
function firstTwice(ascending: readonly number[]): number {
  return ascending.find((seq, i) => seq === ascending[i - 1]) ?? Number.POSITIVE_INFINITY;
}

function twice(items: readonly unknown[]): string | undefined {
  const seen = new Set<unknown>();
  for (const item of items) {
    if (seen.has(item)) return `${String(item)} is there twice`;
    seen.add(item);
  }
  return undefined;
}
