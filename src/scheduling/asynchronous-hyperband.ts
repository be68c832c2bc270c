import { lasting } from '../curve.ts';
import type { Comparison, Halving, Study } from '../model.ts';
import { bracketDistribution } from './brackets.ts';
import { GrowingMaximum } from './pasha.ts';
import { passes, RULES, type Rule } from './rules.ts';
import { promoteQuantiles, type Ranking, Rung, type RungEntry, rungLevels } from './rungs.ts';
import { Thresholds } from './rush.ts';
import type { Bracket, Entry, Promotable, Ruling, Scheduler } from './scheduler.ts';

/**
 * Asynchronous successive halving with Hyperband's brackets: bracket s skips the lowest s rungs.
 *
 * Stopping judges a trial against the entries of its rung when it gets there. Promotion pauses every trial at every rung
 * and, whenever a slot is free, promotes the best that waits at the highest rung where one is good enough.
 */
export class AsynchronousHyperband implements Scheduler {
  readonly pauses: boolean;
  readonly brackets: readonly Bracket[];
  /** Rungs, ascending by level: of each bracket, or one system that all brackets share. */
  readonly systems: readonly (readonly Rung[])[];
  /** Where the maximum resource grows. */
  readonly growing: GrowingMaximum | undefined;
  readonly #max: number;
  readonly #rule: Rule;
  readonly #thresholds = new Thresholds();
  /** Whether those given at the start set thresholds. */
  readonly #givenLead: boolean;
  readonly #retired = new Set<number>();

  constructor({ goal, resource }: Pick<Study, 'goal' | 'resource'>, algorithm: Halving) {
    const levels = rungLevels(resource, algorithm);
    const quantiles = promoteQuantiles(levels, resource.max).map((own) => algorithm.passing ?? own);
    const rungsFrom = (s: number) =>
      levels.slice(s).map((level, k) => new Rung(level, quantiles[s + k] ?? Number.NaN, goal));
    this.pauses = algorithm.scheduling === 'Promotion';
    this.brackets = bracketDistribution(levels, resource.max, algorithm.brackets).map((probability, s) => ({
      probability,
      levels: levels.slice(s),
    }));
    this.systems = algorithm.rungs === 'Shared' ? [rungsFrom(0)] : this.brackets.map((_, s) => rungsFrom(s));
    this.#max = resource.max;
    this.#rule = RULES[algorithm.rule];
    this.#givenLead = algorithm.thresholds === 'InitialTrials';
    this.growing = algorithm.maxResource === 'Growing' ? new GrowingMaximum(this.#system(0), resource.max) : undefined;
  }

  first(bracket: number): number {
    return this.#bracket(bracket).levels[0] ?? this.#max;
  }

  next(bracket: number, level: number): number {
    return this.#bracket(bracket).levels.find((other) => other > level) ?? this.#max;
  }

  judge(entry: Entry): Ruling {
    const { bracket, level, value, cost } = entry;
    const rung = this.#rung(bracket, level);
    const ranking = rung.including(value, cost);
    if (this.pauses) {
      const cut = this.#thresholds.cut(rung, entry, this.#rule.promotionCut(ranking, rung));
      return { verdict: 'Pause', until: level, why: compare(rung, value, { of: ranking.size, cut }) };
    }
    const cut = this.#thresholds.cut(rung, entry, this.#rule.stoppingCut(rung, value));
    const why = compare(rung, value, { of: ranking.size, cut });
    return cut === undefined || passes(value, cut, rung.goal)
      ? { verdict: 'Continue', until: this.next(bracket, level), why }
      : { verdict: 'Stop', until: level, why };
  }

  enter(entry: Entry): void {
    const { trial, bracket, level, value, cost } = entry;
    const rung = this.#rung(bracket, level);
    const isGiven = this.#givenLead && entry.isGiven;
    if (isGiven && this.judge(entry).verdict === 'Continue') this.#thresholds.passed(rung, value);
    rung.enter({ trial, value, cost, isGiven });
    this.growing?.report(trial, lasting(entry.curve ?? [], { levels: this.#bracket(0).levels, max: this.#max }));
  }

  retire(trial: number): void {
    this.#retired.add(trial);
  }

  promotable(bracket: number): Promotable | undefined {
    if (!this.pauses) return undefined;
    const maximum = this.growing?.level ?? this.#max;
    let until = this.#max;
    for (const rung of this.#system(bracket).toReversed()) {
      const entry = rung.level < maximum ? this.#best(rung) : undefined;
      if (entry) {
        const cut = this.#thresholds.cut(rung, entry, this.#rule.promotionCut(rung, rung));
        const why = compare(rung, entry.value, { of: rung.size, cut });
        return { trial: entry.trial, level: rung.level, until, why };
      }
      until = rung.level;
    }
    return undefined;
  }

  promoted(trial: number, level: number): void {
    // A trial has entries in the rungs of one bracket only, so marking it in all of them does no harm.
    for (const rung of this.systems.flatMap((rungs) => rungs.filter((other) => other.level === level))) {
      rung.promoted(trial);
      const entry = rung.entries.find((other) => other.trial === trial);
      if (entry?.isGiven) this.#thresholds.passed(rung, entry.value);
    }
  }

  /** The best entry that waits and may be promoted. */
  #best(rung: Rung): RungEntry | undefined {
    for (const position of rung.waiting(this.#retired)) {
      const entry = rung.entries[position];
      if (entry === undefined || !this.#rule.promotes(rung, position)) return undefined;
      const cut = this.#thresholds.cut(rung, entry);
      if (cut === undefined || passes(entry.value, cut, rung.goal)) return entry;
    }
    return undefined;
  }

  #bracket(bracket: number): Bracket {
    const found = this.brackets[bracket];
    if (found === undefined) throw new RangeError(`there is no bracket ${bracket}: brackets count from 0`);
    return found;
  }

  #system(bracket: number): readonly Rung[] {
    return this.systems[this.systems.length === 1 ? 0 : bracket] ?? [];
  }

  #rung(bracket: number, level: number): Rung {
    const rung = this.#system(bracket).find((other) => other.level === level);
    if (rung === undefined) throw new RangeError(`bracket ${bracket} has no rung at level ${level}`);
    return rung;
  }
}

function compare(rung: Rung, value: number, { of, cut }: { of: Ranking['size']; cut: number | undefined }): Comparison {
  return { value, rank: rung.rank(value), of, cut };
}
