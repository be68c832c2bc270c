/**
 * Minimises a smooth function in a box: limited-memory BFGS on the coordinates that are free to move (Nocedal and Wright
 * 2006, algorithm 7.4; Bertsekas 1982, "Projected Newton methods for optimization problems with simple constraints").
 *
 *   x  n coordinates, lower ≤ x ≤ upper     g  gradient     (s, y)  last changes of x and g     d  direction
 *
 * A coordinate is held where it is at a bound and the gradient pushes it outwards. The direction comes from the free
 * parts of s, y and g; the step bends at the bounds.
 */
import { addScaled, at, dot } from '../linalg/matrix.ts';
import { type Evaluation, type Objective, searchLine } from './line-search.ts';

export interface Box {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface Options {
  readonly maxIterations: number;
  /** Ends when no coordinate could move further than this along the negative gradient. */
  readonly gradientTolerance: number;
  /** Ends when a step improves the value by less than this, relative to its size or to 1. */
  readonly valueTolerance: number;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
}

/** How many pairs (s, y) are remembered. */
const MEMORY = 10;

/** The best point reached from a start, which is moved into the box; undefined when the function fails at the start. */
export function minimize(objective: Objective, start: Float64Array, box: Box, options: Options): Minimum | undefined {
  let x = clipped(start, box);
  let current = objective(x);
  if (current === undefined) return undefined;
  const memory = new Memory();
  let iterations = 0;
  for (; iterations < options.maxIterations; iterations++) {
    const gradient = current.gradient();
    if (slack(x, gradient, box) <= options.gradientTolerance) break;
    const step = next({ objective, x, current, box, memory });
    if (step === undefined) break;
    const gain = current.value - step.evaluation.value;
    memory.add(x, step.x, gradient, step.evaluation.gradient());
    const size = Math.max(Math.abs(current.value), Math.abs(step.evaluation.value), 1);
    ({ x, evaluation: current } = step);
    if (gain <= options.valueTolerance * size) break;
  }
  return { x, value: current.value, iterations };
}

interface State {
  readonly objective: Objective;
  readonly x: Float64Array;
  readonly current: Evaluation;
  readonly box: Box;
  readonly memory: Memory;
}

/** A step along the quasi-Newton direction or, where that fails, along the negative gradient with an empty memory. */
function next({ objective, x, current, box, memory }: State) {
  const gradient = current.gradient();
  const isFree = x.map((value, i) => (isHeld(value, at(gradient, i), i, box) ? 0 : 1));
  const path = (direction: Float64Array) => (t: number) =>
    clipped(
      x.map((value, i) => value + t * at(direction, i)),
      box,
    );
  if (memory.size > 0) {
    const direction = memory.direction(gradient, isFree);
    const step = searchLine(objective, { x, current, direction, path: path(direction), first: 1 });
    if (step !== undefined) return step;
    memory.clear();
  }
  const direction = gradient.map((g, i) => -g * at(isFree, i));
  const first = Math.min(1, 1 / Math.sqrt(dot(direction, direction)));
  return searchLine(objective, { x, current, direction, path: path(direction), first });
}

function isHeld(value: number, gradient: number, i: number, { lower, upper }: Box): boolean {
  return gradient > 0 ? value <= at(lower, i) : value >= at(upper, i);
}

/** The greatest change of a coordinate by a full step along the negative gradient, within the box. */
function slack(x: Float64Array, gradient: Float64Array, box: Box): number {
  const moved = clipped(
    x.map((value, i) => value - at(gradient, i)),
    box,
  );
  return moved.reduce((most, value, i) => Math.max(most, Math.abs(value - at(x, i))), 0);
}

function clipped(x: Float64Array, { lower, upper }: Box): Float64Array {
  return x.map((value, i) => Math.min(at(upper, i), Math.max(at(lower, i), value)));
}

/** The last changes of x and of the gradient, and the inverse Hessian they stand for. */
class Memory {
  readonly #pairs: { readonly s: Float64Array; readonly y: Float64Array }[] = [];

  get size(): number {
    return this.#pairs.length;
  }

  clear(): void {
    this.#pairs.length = 0;
  }

  /** Remembers a step, unless the function curves the wrong way along it. */
  add(from: Float64Array, to: Float64Array, gradientFrom: Float64Array, gradientTo: Float64Array): void {
    const s = to.map((value, i) => value - at(from, i));
    const y = gradientTo.map((value, i) => value - at(gradientFrom, i));
    if (dot(s, y) <= Number.EPSILON * dot(y, y)) return;
    this.#pairs.push({ s, y });
    if (this.#pairs.length > MEMORY) this.#pairs.shift();
  }

  /** −H g within the free coordinates, by the two-loop recursion. */
  direction(gradient: Float64Array, isFree: Float64Array): Float64Array {
    const free = (v: Float64Array) => v.map((value, i) => value * at(isFree, i));
    const pairs = this.#pairs
      .map(({ s, y }) => ({ s: free(s), y: free(y), alpha: 0 }))
      .filter(({ s, y }) => dot(s, y) > Number.EPSILON * dot(y, y));
    const q = free(gradient);
    for (const pair of pairs.toReversed()) {
      pair.alpha = dot(pair.s, q) / dot(pair.s, pair.y);
      addScaled(q, -pair.alpha, pair.y);
    }
    const last = pairs.at(-1);
    const scale = last ? dot(last.s, last.y) / dot(last.y, last.y) : 1;
    for (let i = 0; i < q.length; i++) q[i] = at(q, i) * scale;
    for (const { s, y, alpha } of pairs) addScaled(q, alpha - dot(y, q) / dot(s, y), s);
    return q.map((value) => -value);
  }
}
