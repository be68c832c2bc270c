import type { Hyperband as Algorithm, Comparison, Study } from '../model.ts';
import { BracketQueue, type HalvingBracket, halvingRungs, type RungSize } from './halving.ts';
import { isBetter } from './rungs.ts';
import type { Bracket, Entry, Promotable, Ruling, Scheduler } from './scheduler.ts';

/**
 * Synchronous Hyperband: a trial pauses at each rung until the rung has all its results; then its best go on, in the
 * order of their ranks. `bracket` of a trial is the kind of its bracket; which one of that kind it is in follows from
 * the order in which trials were started.
 */
export class Hyperband implements Scheduler {
  readonly pauses = true;
  readonly brackets: readonly Bracket[];
  readonly #queue: BracketQueue;
  readonly #goal: Study['goal'];
  readonly #max: number;
  /** The id of each trial's bracket. */
  readonly #bracketOf = new Map<number, number>();
  readonly #retired = new Set<number>();

  constructor({ goal, resource }: Pick<Study, 'goal' | 'resource'>, algorithm: Algorithm) {
    const kinds = halvingRungs(resource, algorithm.reductionFactor, algorithm.brackets).map(distinctLevels);
    this.#queue = new BracketQueue(kinds, goal);
    this.#goal = goal;
    this.#max = resource.max;
    this.brackets = kinds.map((rungs) => ({
      probability: 1 / kinds.length,
      levels: rungs.map(({ level }) => level).filter((level) => level < resource.max),
    }));
  }

  first(bracket: number): number {
    return this.#kind(bracket).levels[0] ?? this.#max;
  }

  next(bracket: number, level: number): number {
    return this.#kind(bracket).levels.find((other) => other > level) ?? this.#max;
  }

  turn(): number {
    return this.#queue.next().id % this.brackets.length;
  }

  started(trial: number): void {
    const { id, index } = this.#queue.nextNew();
    this.#queue.bracket(id).take(index, trial);
    this.#bracketOf.set(trial, id);
  }

  judge({ trial, level, value }: Entry): Ruling {
    const others = this.#halving(trial)?.values ?? [];
    return { verdict: 'Pause', until: level, why: this.#compare(value, [...others, value]) };
  }

  enter({ trial, level, value }: Entry): void {
    const bracket = this.#halving(trial);
    // At another level than its rung's: its rung has its result already.
    if (bracket?.level === level) this.#result(bracket, trial, value);
  }

  retire(trial: number): void {
    this.#retired.add(trial);
    const bracket = this.#halving(trial);
    if (bracket) this.#result(bracket, trial, Number.NaN);
  }

  promotable(_: number, mayStart = true): Promotable | undefined {
    const { id, trial } = this.#queue.next();
    if (trial !== undefined) return this.#promotion(this.#queue.bracket(id), trial, 0);
    return mayStart ? undefined : this.#promotableOfUnfilled();
  }

  promoted(trial: number, level: number): void {
    const bracket = this.#halving(trial);
    if (bracket?.level === level) this.#close(bracket);
    const slot = bracket?.slotOf(trial) ?? -1;
    // Where trials have been deleted what is on record of the others need not add up.
    if (slot >= 0) bracket?.take(slot, trial);
  }

  /** With no new trials to come, rungs that wait for some go on with those they have. */
  #promotableOfUnfilled(): Promotable | undefined {
    for (const bracket of this.#queue.open) {
      const free = bracket.free();
      if (free?.trial !== undefined) return this.#promotion(bracket, free.trial, 0);
      const winner = free && bracket.winners().find((trial) => !this.#retired.has(trial));
      if (winner !== undefined) return this.#promotion(bracket, winner, 1);
    }
    return undefined;
  }

  /** ahead: how many rungs above the one being filled the trial goes to. */
  #promotion({ rungs, rung }: HalvingBracket, trial: number, ahead: 0 | 1): Promotable {
    const level = rungs[rung + ahead - 1]?.level ?? 0;
    const until = rungs[rung + ahead]?.level ?? this.#max;
    return { trial, level, until, why: this.#why.get(trial) ?? this.#compare(Number.NaN, []) };
  }

  /** How each trial did at its last rung. */
  readonly #why = new Map<number, Comparison>();

  #result(bracket: HalvingBracket, trial: number, value: number): void {
    const slot = bracket.slotOf(trial);
    if (slot < 0) return;
    if (!bracket.isTaken(slot)) bracket.take(slot, trial);
    if (!Number.isNaN(value)) this.#why.set(trial, this.#compare(value, [...bracket.values, value]));
    const isOver = bracket.result(slot, value) !== undefined;
    if (isOver) this.#failRetired(bracket);
  }

  #close(bracket: HalvingBracket): void {
    bracket.close();
    this.#failRetired(bracket);
  }

  /** Retired trials that got a slot of a new rung have failed there. */
  #failRetired(bracket: HalvingBracket): void {
    const { rung } = bracket;
    for (const trial of this.#retired) {
      if (bracket.rung === rung && bracket.slotOf(trial) >= 0) this.#result(bracket, trial, Number.NaN);
    }
  }

  #compare(value: number, all: readonly number[]): Comparison {
    const better = all.filter((other) => isBetter(other, value, this.#goal)).length;
    return { value, rank: better + 1, of: all.length, cut: undefined };
  }

  #halving(trial: number): HalvingBracket | undefined {
    return this.#queue.open[this.#bracketOf.get(trial) ?? -1];
  }

  #kind(bracket: number): Bracket {
    const found = this.brackets[bracket];
    if (found === undefined) throw new RangeError(`there is no bracket ${bracket}: brackets count from 0`);
    return found;
  }
}

/** Rounding may give neighbouring rungs one level: of those the last counts. */
function distinctLevels(rungs: readonly RungSize[]): readonly RungSize[] {
  return rungs.filter(({ level }, i) => level !== rungs[i + 1]?.level);
}
