import type { AsynchronousHyperband, Goal } from '../model.ts';
import { roundHalfEven } from '../rounding.ts';
import { affordable } from './cost-aware.ts';
import { isBetter, type Ranking, type Rung, type Values } from './rungs.ts';

/** Who passes a rung. Every method leaves the rung as it is. */
export interface Rule {
  /** The worst value that runs on, for a trial about to enter with `value`; undefined when any does. */
  stoppingCut(rung: Rung, value: number): number | undefined;
  /** The worst value that may be promoted, given these values; undefined when none may yet. */
  promotionCut(ranking: Ranking, rung: Rung): number | undefined;
  /** Whether the entry at this position may be promoted. */
  promotes(rung: Rung, position: number): boolean;
}

/** A trial passes when it is at least as good as the quantile of all entries, its own included. */
const quantile: Rule = {
  stoppingCut: (rung, value) => quantileCut(rung.including(value), rung.quantile, rung.goal),
  promotionCut: (ranking, rung) => quantileCut(ranking, rung.quantile, rung.goal),
  promotes(rung, position) {
    const cut = quantileCut(rung, rung.quantile, rung.goal);
    return cut !== undefined && passes(rung.at(position), cut, rung.goal);
  },
};

/**
 * The rule of Li et al. (2018, arXiv 1810.05934): of n entries the best ⌊n · q⌋ are promoted, once there are 1/q.
 * Stopping compares with the quantile of the entries made before.
 */
const topK: Rule = {
  stoppingCut: (rung) => interpolate(rung, rung.quantile, rung.goal),
  promotionCut(ranking, rung) {
    const count = topCount(ranking.size, rung.quantile);
    return count === 0 ? undefined : ranking.at(count - 1);
  },
  promotes: (rung, position) => position < topCount(rung.size, rung.quantile),
};

/** How many of n entries are among the best that may be promoted. */
export function topCount(n: number, q: number): number {
  return n < roundHalfEven(1 / q) ? 0 : Math.floor(n * q);
}

/** The best are promoted while they have cost no more than the share q of all. Stopping, which promotes none, by quantile. */
const costAware: Rule = {
  stoppingCut: quantile.stoppingCut,
  promotionCut(ranking, rung) {
    const count = affordable(ranking, rung.quantile);
    return count === 0 ? undefined : ranking.at(count - 1);
  },
  promotes: (rung, position) => position < affordable(rung, rung.quantile),
};

/** So many entries are the latest ones: with reduction factor 3, three of them pass. */
const LATEST = 9;

/**
 * A trial passes when it is at least as good as the quantile of the latest entries. Where configurations get better from
 * trial to trial, as a model proposes them, nearly all would pass a comparison with the first ones.
 */
const latest: Rule = {
  stoppingCut: (rung, value) => quantileCut(rung.latest(LATEST - 1, value), rung.quantile, rung.goal),
  promotionCut: (_, rung) => quantileCut(rung.latest(LATEST), rung.quantile, rung.goal),
  promotes(rung, position) {
    const cut = quantileCut(rung.latest(LATEST), rung.quantile, rung.goal);
    return cut !== undefined && passes(rung.at(position), cut, rung.goal);
  },
};

export const RULES: Readonly<Record<AsynchronousHyperband['rule'], Rule>> = {
  Quantile: quantile,
  TopK: topK,
  CostAware: costAware,
  Latest: latest,
};

/** Whether a value is at least as good as the cut. */
export function passes(value: number, cut: number, goal: Goal): boolean {
  return !isBetter(cut, value, goal);
}

/** The q-quantile of the values, counted from the best; undefined below two values. q in [0, 1]. */
export function quantileCut(ranking: Values, q: number, goal: Goal): number | undefined {
  return ranking.size < 2 ? undefined : interpolate(ranking, q, goal);
}

/**
 * Linear interpolation between the two values next to the quantile: with h = (n - 1) p, i = ⌊h⌋ and g = h - i of the
 * ascending values v, (1 - g) vᵢ + g vᵢ₊₁, where p = q to minimize and 1 - q to maximize. Undefined without values.
 */
export function interpolate(ranking: Values, q: number, goal: Goal): number | undefined {
  const n = ranking.size;
  if (n === 0) return undefined;
  // Counted from 1: on the border between two values it decides, by a rounding error, which weight is not quite zero.
  const place = (n - 1) * (goal === 'Minimize' ? q : 1 - q) + 1;
  const below = Math.floor(place);
  const weight = place - below;
  const ascending = (i: number) => ranking.at(goal === 'Minimize' ? i : n - 1 - i);
  return (1 - weight) * ascending(below - 1) + weight * ascending(Math.min(below, n - 1));
}
