/**
 * The decision loop: what to do next with a study, given its trials. Pure and stateless: everything known is in the
 * trials, so the same trials give the same decisions on any machine, after any crash. With its decisions applied and
 * asked again it comes to rest: the answer is the empty list (after a round more per new trial where several slots were
 * free, or a trial may go on where it is, since a promotion waits until the new trials before it are on record).
 *
 * Two parts, so that stopping and promoting never wait for a model:
 *   `schedule` judges reports and fills free slots with promotions (microseconds), and says which slots are left;
 *   `answerAll` finds configurations for those, or a paused trial to go on with (microseconds to seconds).
 */

import { knownTrials } from './known.ts';
import {
  entryAt,
  isEnd,
  isRequest,
  isVerdict,
  lastSeq,
  ledger,
  observationAt,
  promotedTrial,
  redo,
  startedTrial,
} from './ledger.ts';
import type {
  Config,
  Decision,
  EndDecision,
  Observation,
  PromoteDecision,
  RungDecision,
  StartDecision,
  Study,
  Trial,
} from './model.ts';
import { stream } from './rng.ts';
import { drawBracket } from './scheduling/brackets.ts';
import { createScheduler, type Promotable, type Scheduler } from './scheduling/scheduler.ts';
import { placement } from './searching/placement.ts';
import { createSearcher, type Occasion } from './searching/searcher.ts';
import { createSpace } from './space/space.ts';

export interface Input {
  readonly study: Study;
  readonly trials: readonly Trial[];
  /** Configurations to choose from, none of them tried yet; the whole space when absent. */
  readonly candidates?: readonly Config[] | undefined;
}

/** What the ledger says. Only for speed: it can always be read again from the trials. */
export interface Memory {
  readonly scheduler: Scheduler;
  /** Of the last decision. */
  seq: number;
  /** How many requests for work were answered. */
  requests: number;
}

/** Reads the ledger. */
export function recall({ study, trials }: Input): Memory {
  const scheduler = createScheduler(study);
  let requests = 0;
  let started = 0;
  const missUpTo = (number: number): void => {
    for (; started < number; started += 1, requests += 1) miss(scheduler, started + 1);
  };
  for (const entry of ledger(trials)) {
    const { trial, recorded } = entry;
    if (recorded.kind === 'Start') missUpTo(trial.number - 1);
    redo(scheduler, entry);
    if (recorded.kind === 'Start') started = trial.number;
    if (isRequest(recorded)) requests += 1;
  }
  missUpTo(study.created ?? 0);
  return { scheduler, seq: lastSeq(trials), requests };
}

/** Of a trial that somebody has deleted its number is left: it had its place, and counts as one that failed. */
function miss(scheduler: Scheduler, number: number): void {
  scheduler.started?.(number, 0);
  scheduler.retire(number);
}

/** A free slot for a new trial or, where the searcher promotes, for a paused one. */
export interface Opening {
  /** Of the new trial, if the openings before are filled with new ones, too. */
  readonly number: number;
  /** The one that was drawn; where brackets are learned, the trial may come to be in another. */
  readonly bracket: number;
  readonly until: number;
}

export interface Plan {
  /** They take effect in this order. */
  readonly decisions: readonly (RungDecision | PromoteDecision | EndDecision)[];
  readonly openings: readonly Opening[];
  /** Why no further trial can be started unless the study is edited. */
  readonly exhausted: 'MaxTrials' | 'Space' | undefined;
}

/** All decisions due now: `schedule`, then `answerAll` for the openings. */
export function decide(input: Input): readonly Decision[] {
  const plan = schedule(input);
  const decisions: Decision[] = [...plan.decisions];
  const seq = lastSeq(input.trials);
  for (const answer of answerAll(input, plan.openings)) {
    decisions.push({ ...answer, seq: seq + decisions.length + 1 });
  }
  return decisions;
}

/**
 * Judges what has been reported and fills free slots with promotions; the openings are the slots left. The memory then
 * holds the plan too, as if its decisions were on record and its openings taken.
 */
export function schedule({ study, trials }: Input, memory: Memory = recall({ study, trials })): Plan {
  const { scheduler, seq } = memory;
  const verdicts = [...judge(scheduler, trials)];
  const ends = [...endings(scheduler, trials, verdicts)];
  // What a searcher that promotes should know of is recorded first: the trials that have just paused are its choices.
  const isDue = study.open && (verdicts.length === 0 || scheduler.waiting === undefined);
  const { promotions, openings } = isDue ? answerRequests(memory, study, trials) : noRequests;
  const decisions = [...verdicts, ...ends, ...promotions].map((decision, i) => ({ ...decision, seq: seq + 1 + i }));
  memory.seq += decisions.length + openings.length;
  memory.requests += promotions.length + openings.length;
  return { decisions, openings, exhausted: exhaustion(study, lastNumber(study, trials)) };
}

/** A decision that has not been given its place in the ledger. */
export type Unnumbered<D> = D extends Decision ? Omit<D, 'seq'> : never;

/** What a searcher makes of an opening. */
export type Answer = Unnumbered<StartDecision> | Unnumbered<PromoteDecision>;

/**
 * Finds a configuration for each opening in turn, or a paused trial that should go on instead, from what is on record;
 * each answer knows of the ones before. Fewer when the space is exhausted, or nothing paused is worth going on with.
 */
export function answerAll(input: Input, openings: readonly Opening[]): readonly Answer[] {
  const { study, trials } = input;
  const known = lastSeq(trials);
  const space = createSpace(study.parameters);
  let view = knownTrials(study, trials, known);
  const place = placement({ study, space, trials: view });
  const answer = answerer(input, known);
  const answers: Answer[] = [];
  let { candidates } = input;
  for (const opening of openings) {
    const { bracket, until } = place(opening);
    const number = lastNumber(study, view) + 1;
    const found = answer({ study, trials: view, space, number, until, candidates }, bracket);
    if (found === undefined) break;
    answers.push(found);
    view = viewAfter(view, found, known);
    if (found.kind === 'Start') candidates = candidates?.filter((config) => config !== found.config);
  }
  return answers;
}

/** Fills one opening after the other. */
function answerer(input: Input, known: number): (occasion: Occasion, bracket: number) => Answer | undefined {
  const searcher = createSearcher(input.study.algorithm);
  const start = (occasion: Occasion, bracket: number): Unnumbered<StartDecision> | undefined => {
    const { number: trial, until } = occasion;
    const suggestion = searcher.suggest(occasion);
    return suggestion && { kind: 'Start', known, trial, bracket, until, ...suggestion };
  };
  if (searcher.promote === undefined) return start;
  const { scheduler } = recall(input);
  const capacity = capacityOf(input.study);
  return (occasion, bracket) => {
    const mayStart = lastNumber(input.study, occasion.trials) < capacity;
    const number = searcher.promote?.(occasion, mayStart);
    const found = scheduler.waiting?.find(({ trial }) => trial === number);
    if (found === undefined) return mayStart ? start(occasion, bracket) : undefined;
    scheduler.promoted(found.trial, found.level);
    return { kind: 'Promote', known, ...found };
  };
}

function viewAfter(view: readonly Trial[], answer: Answer, seq: number): readonly Trial[] {
  if (answer.kind === 'Start') return [...view, startedTrial({ ...answer, seq })];
  return view.map((trial) => (trial.number === answer.trial ? promotedTrial(trial, { ...answer, seq }) : trial));
}

/** Whether a trial still waits where an answer found it: the study may have moved on while the answer was found. */
export function isStillRight({ trial, level }: PromoteDecision, trials: readonly Trial[]): boolean {
  const last = trials.find(({ number }) => number === trial)?.decisions.at(-1);
  return last?.kind === 'Pause' && last.level === level;
}

/** A report at a rung that nobody has judged yet. */
interface Unjudged {
  readonly trial: Trial;
  readonly level: number;
  readonly observation: Observation;
}

/** Judges new reports in the order they were observed. */
function* judge(scheduler: Scheduler, trials: readonly Trial[]): Generator<Unnumbered<RungDecision>> {
  const untils = new Map(trials.map(({ number, until }) => [number, until]));
  for (const { trial, level } of unjudged(scheduler, trials)) {
    const entry = entryAt(trial, level);
    if (entry === undefined || level > (untils.get(trial.number) ?? 0)) continue;
    const { verdict, until, why } = scheduler.judge(entry);
    scheduler.enter(entry);
    if (verdict === 'Stop') scheduler.retire(trial.number);
    untils.set(trial.number, verdict === 'Stop' ? 0 : until);
    yield { kind: verdict, trial: trial.number, level, until, why };
  }
}

/** By time of observation; ties by trial number, and a trial's own rungs from the lowest. */
function unjudged(scheduler: Scheduler, trials: readonly Trial[]): readonly Unjudged[] {
  const all = trials.flatMap((trial) => unjudgedOf(scheduler, trial));
  return all.sort(
    (a, b) => a.observation.at - b.observation.at || a.trial.number - b.trial.number || a.level - b.level,
  );
}

function unjudgedOf(scheduler: Scheduler, trial: Trial): readonly Unjudged[] {
  if (trial.decisions.some(isEnd)) return [];
  const reached = trial.observations.at(-1)?.resource ?? 0;
  const judged = new Set(trial.decisions.filter(isVerdict).map(({ level }) => level));
  return (scheduler.brackets[trial.bracket]?.levels ?? [])
    .filter((level) => level >= trial.until && level <= reached && !judged.has(level))
    .flatMap((level) => {
      const observation = observationAt(trial, level);
      return observation ? [{ trial, level, observation }] : [];
    });
}

/** Takes note, once, of trials that ended by themselves. */
function* endings(
  scheduler: Scheduler,
  trials: readonly Trial[],
  verdicts: readonly Unnumbered<RungDecision>[],
): Generator<Unnumbered<EndDecision>> {
  const stopped = new Set(verdicts.filter(({ kind }) => kind === 'Stop').map(({ trial }) => trial));
  for (const trial of trials) {
    const kind = END_OF[trial.state];
    if (kind === undefined || stopped.has(trial.number) || trial.decisions.some(isEnd)) continue;
    scheduler.retire(trial.number);
    yield { kind, trial: trial.number, level: trial.observations.at(-1)?.resource ?? 0 };
  }
}

/** What is noted of a trial that ended by itself. */
export const END_OF: { readonly [S in Trial['state']]?: EndDecision['kind'] } = {
  Completed: 'Complete',
  Failed: 'Fail',
};

interface Requests {
  readonly promotions: readonly Unnumbered<PromoteDecision>[];
  readonly openings: readonly Opening[];
}

const noRequests: Requests = { promotions: [], openings: [] };

/**
 * Fills the free slots. Each request draws a bracket, keyed by how many requests were answered before it (or takes
 * the one whose turn it is), and is answered with a promotion where the scheduler has one, else with a new trial. A promotion that would come after a new
 * trial waits for it to be recorded, so that replaying the ledger repeats the same draws.
 *
 * A promoted trial that has not yet given up its slot keeps it: also where no other slot is free, so that whoever may go
 * on does so without waiting for its own place.
 */
function answerRequests({ scheduler, requests }: Memory, study: Study, trials: readonly Trial[]): Requests {
  const active = new Set(trials.filter(({ state }) => state === 'Active').map(({ number }) => number));
  const promotions: Unnumbered<PromoteDecision>[] = [];
  const openings: Opening[] = [];
  const capacity = capacityOf(study);
  const last = lastNumber(study, trials);
  const room = capacity - last + (scheduler.waiting?.length ?? 0);
  let free = study.parallelism - active.size;
  while (free >= 0) {
    const mayStart = openings.length < room;
    const bracket = bracketOfRequest(scheduler, study.seed, requests + promotions.length + openings.length);
    const promotable = findPromotable(scheduler, bracket, mayStart);
    const taken = slotsTaken(promotable, active);
    const isLater = promotable ? openings.length > 0 : !mayStart;
    if (taken > free || isLater) break;
    free -= taken;
    if (promotable) promotions.push(promoted(scheduler, promotable));
    else openings.push(opened(scheduler, last + openings.length + 1, bracket));
  }
  return { promotions, openings };
}

function promoted(scheduler: Scheduler, promotable: Promotable): Unnumbered<PromoteDecision> {
  scheduler.promoted(promotable.trial, promotable.level);
  return { kind: 'Promote', ...promotable };
}

function opened(scheduler: Scheduler, number: number, bracket: number): Opening {
  scheduler.started?.(number, bracket);
  return { number, bracket, until: scheduler.first(bracket) };
}

/** A promoted trial that has not yet given up its slot keeps it. */
function slotsTaken(promotable: Promotable | undefined, active: ReadonlySet<number>): number {
  return promotable && active.has(promotable.trial) ? 0 : 1;
}

/** The bracket for the study's n-th request for work (n counts from 0). */
export function bracketOfRequest(scheduler: Scheduler, seed: number, request: number): number {
  const turn = scheduler.turn?.();
  if (turn !== undefined) return turn;
  return drawBracket(
    scheduler.brackets.map(({ probability }) => probability),
    stream(seed, 'bracket', request).uniform(),
  );
}

/** In the drawn bracket; in any other where no new trial may be started, lest paused trials wait for ever. */
export function findPromotable(scheduler: Scheduler, drawn: number, mayStart: boolean): Promotable | undefined {
  const found = scheduler.promotable(drawn);
  if (found || mayStart) return found;
  for (const bracket of scheduler.brackets.keys()) {
    const other = scheduler.promotable(bracket, mayStart);
    if (other) return other;
  }
  return undefined;
}

/** How many trials the study can have. */
function capacityOf({ maxTrials, parameters }: Study): number {
  return Math.min(maxTrials ?? Number.POSITIVE_INFINITY, createSpace(parameters).size);
}

/** Why a study with this many trials cannot start another. */
function exhaustion(study: Study, count: number): Plan['exhausted'] {
  if (count < capacityOf(study)) return undefined;
  return study.maxTrials !== undefined && count >= study.maxTrials ? 'MaxTrials' : 'Space';
}

/** Of the trials ever started, which is how many they were: numbers are given one by one, and not again. */
function lastNumber({ created = 0 }: Study, trials: readonly Trial[]): number {
  return trials.reduce((last, { number }) => Math.max(last, number), created);
}
