/**
 * A step length that decreases a function enough and, if possible, leaves it less steep: the weak Wolfe conditions, by
 * doubling and bisection (Lewis and Overton 2013, "Nonsmooth optimization via quasi-Newton methods").
 *
 *   f(x(t)) ≤ f(x) + c₁ g·(x(t) − x)       g(x(t))·d ≥ c₂ g·d
 */
import { at, dot } from '../linalg/matrix.ts';

/** A function's value at a point. The gradient is computed when asked for, once. */
export interface Evaluation {
  readonly value: number;
  gradient(): Float64Array;
}

/** Undefined where the function has no finite value or cannot be computed. */
export type Objective = (x: Float64Array) => Evaluation | undefined;

export interface Line {
  readonly x: Float64Array;
  readonly current: Evaluation;
  readonly direction: Float64Array;
  /** The point after a step t; it bends at bounds. */
  path(t: number): Float64Array;
  /** Tried first. */
  readonly first: number;
}

export interface Step {
  readonly x: Float64Array;
  readonly evaluation: Evaluation;
}

const DECREASE = 1e-4;
const STEEPNESS = 0.9;
const MAX_TRIALS = 20;

/** Undefined when no step decreases the function enough. */
export function searchLine(objective: Objective, line: Line): Step | undefined {
  const slope = dot(line.current.gradient(), line.direction);
  if (!(slope < 0)) return undefined;
  const bracket: Bracket = { low: 0, high: Number.POSITIVE_INFINITY, best: undefined };
  let t = line.first;
  for (let trial = 0; trial < MAX_TRIALS; trial++) {
    const x = line.path(t);
    const evaluation = objective(x);
    if (isEnough(evaluation, line, x)) {
      bracket.low = t;
      bracket.best = { x, evaluation };
      t = longer(bracket);
      if (isFlat(evaluation, line, slope) || isEqual(line.path(t), x)) break;
    } else {
      bracket.high = t;
      t = bracket.low + (t - bracket.low) * shortened(evaluation, line.current, slope * (t - bracket.low));
    }
  }
  return bracket.best;
}

function isFlat(evaluation: Evaluation, { direction }: Line, slope: number): boolean {
  return dot(evaluation.gradient(), direction) >= STEEPNESS * slope;
}

/** The longest step that was good but still steep, its point, and the shortest that was too long. */
interface Bracket {
  low: number;
  high: number;
  best: Step | undefined;
}

function longer({ low, high }: Bracket): number {
  return high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
}

function isEnough(
  evaluation: Evaluation | undefined,
  { x, current }: Line,
  to: Float64Array,
): evaluation is Evaluation {
  if (evaluation === undefined) return false;
  const gradient = current.gradient();
  const change = to.reduce((sum, value, i) => sum + at(gradient, i) * (value - at(x, i)), 0);
  return change < 0 && evaluation.value <= current.value + DECREASE * change;
}

/** Which share of a step that was too long to try: at the minimum of the parabola through what is known, within limits. */
function shortened(evaluation: Evaluation | undefined, current: Evaluation, change: number): number {
  if (evaluation === undefined) return 0.1;
  const excess = evaluation.value - current.value - change;
  return Math.min(0.5, Math.max(0.1, -change / (2 * excess)));
}

/** All that can move has reached a bound. */
function isEqual(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, i) => value === at(b, i));
}
