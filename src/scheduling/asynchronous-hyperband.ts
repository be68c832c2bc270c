import type { Comparison, Halving, Study } from '../model.ts';
import { bracketDistribution } from './brackets.ts';
import { passes, RULES, type Rule } from './rules.ts';
import { promoteQuantiles, type Ranking, Rung, rungLevels } from './rungs.ts';
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
  readonly #max: number;
  readonly #rule: Rule;
  readonly #retired = new Set<number>();

  constructor({ goal, resource }: Pick<Study, 'goal' | 'resource'>, algorithm: Halving) {
    const levels = rungLevels(resource, algorithm);
    const quantiles = promoteQuantiles(levels, resource.max);
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
  }

  first(bracket: number): number {
    return this.#bracket(bracket).levels[0] ?? this.#max;
  }

  next(bracket: number, level: number): number {
    return this.#bracket(bracket).levels.find((other) => other > level) ?? this.#max;
  }

  judge({ bracket, level, value }: Entry): Ruling {
    const rung = this.#rung(bracket, level);
    const ranking = rung.including(value);
    if (this.pauses) {
      const why = compare(rung, value, { of: ranking.size, cut: this.#rule.promotionCut(ranking, rung) });
      return { verdict: 'Pause', until: level, why };
    }
    const cut = this.#rule.stoppingCut(rung, value);
    const why = compare(rung, value, { of: ranking.size, cut });
    return cut === undefined || passes(value, cut, rung.goal)
      ? { verdict: 'Continue', until: this.next(bracket, level), why }
      : { verdict: 'Stop', until: level, why };
  }

  enter({ trial, bracket, level, value }: Entry): void {
    this.#rung(bracket, level).enter({ trial, value });
  }

  retire(trial: number): void {
    this.#retired.add(trial);
  }

  promotable(bracket: number): Promotable | undefined {
    if (!this.pauses) return undefined;
    const rungs = this.#system(bracket);
    let until = this.#max;
    for (const rung of rungs.toReversed()) {
      const position = rung.candidate(this.#retired);
      const entry = rung.entries[position];
      if (entry !== undefined && this.#rule.promotes(rung, position)) {
        const cut = this.#rule.promotionCut(rung, rung);
        return {
          trial: entry.trial,
          level: rung.level,
          until,
          why: compare(rung, entry.value, { of: rung.size, cut }),
        };
      }
      until = rung.level;
    }
    return undefined;
  }

  promoted(trial: number, level: number): void {
    // A trial has entries in the rungs of one bracket only, so marking it in all of them does no harm.
    for (const rung of this.systems.flatMap((rungs) => rungs.filter((other) => other.level === level))) {
      rung.promoted(trial);
    }
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
