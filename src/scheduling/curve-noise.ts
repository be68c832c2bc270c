/** How noisy learning curves are: how far apart two are that cross and cross back. */
import type { Observation } from '../model.ts';
import { interpolate } from './rules.ts';

export type Reported = Pick<Observation, 'resource' | 'value'>;

/** Resources above one and up to another. */
export interface Window {
  readonly above: number;
  readonly to: number;
}

/** In increasing order of resource. */
type Curve = readonly Reported[];

/** Remembers the distances of pairs: a report changes those of one curve only. */
export class CurveNoise {
  readonly #curves = new Map<number, Reported[]>();
  /** By pair of trials. */
  readonly #distances = new Map<number, number>();
  /** Trials whose distances are out of date. */
  readonly #changed = new Set<number>();
  #window: Window = { above: 0, to: 0 };
  #sorted: readonly number[] = [];

  /** A trial's reports come in increasing order of resource; those that are not above the ones before are left out. */
  report(trial: number, reports: Curve): void {
    const curve = this.#curves.get(trial) ?? [];
    for (const report of reports) if (report.resource > highest(curve)) curve.push(report);
    this.#curves.set(trial, curve);
    this.#changed.add(trial);
  }

  /**
   * The q-quantile of the distances, each pair's at the highest resource in the window that both have reported. Undefined
   * while no pair crosses back.
   */
  quantile(q: number, window: Window): number | undefined {
    this.#look(window);
    return interpolate({ size: this.#sorted.length, at: (i) => this.#sorted[i] ?? Number.NaN }, q, 'Minimize');
  }

  #look(window: Window): void {
    if (window.above !== this.#window.above || window.to !== this.#window.to) {
      for (const trial of this.#curves.keys()) this.#changed.add(trial);
      this.#distances.clear();
      this.#window = window;
    }
    const reaching = [...this.#curves].filter(([, curve]) => reaches(curve, window));
    const changed = reaching.filter(([trial]) => this.#changed.has(trial));
    this.#changed.clear();
    for (const [trial, curve] of changed) this.#compare(trial, curve, reaching);
    if (changed.length > 0) this.#sorted = [...this.#distances.values()].sort((a, b) => a - b);
  }

  #compare(trial: number, curve: Curve, others: readonly (readonly [number, Curve])[]): void {
    for (const [other, otherCurve] of others) {
      const distance = other === trial ? undefined : noisyDistance(curve, otherCurve, this.#window);
      if (distance === undefined) this.#distances.delete(pairOf(trial, other));
      else this.#distances.set(pairOf(trial, other), distance);
    }
  }
}

/** The same for both orders, another for each other pair of numbers below 2²⁶. */
function pairOf(a: number, b: number): number {
  return Math.min(a, b) * 2 ** 26 + Math.max(a, b);
}

function highest(curve: Curve): number {
  return curve.at(-1)?.resource ?? 0;
}

function reaches(curve: Curve, { above, to }: Window): boolean {
  return curve.some(({ resource }) => resource > above && resource <= to);
}

/** How far apart two curves are where both end, there or at the end of the window, if they cross and cross back before. */
function noisyDistance(a: Curve, b: Curve, { above, to }: Window): number | undefined {
  const common = gaps(a, b, to);
  const { resource = 0, value: last = 0 } = common[0] ?? {};
  if (resource <= above) return undefined;
  const behind = common.findIndex(({ value }) => value * last < 0);
  return behind > 0 && common.some(({ value }, i) => i > behind && value * last > 0) ? Math.abs(last) : undefined;
}

/** The differences of two curves where both have a report, from the end of the window backwards. */
function gaps(a: Curve, b: Curve, to: number): Reported[] {
  const found: Reported[] = [];
  let j = b.length - 1;
  for (let i = a.length - 1; i >= 0; i--) {
    const { resource, value } = a[i] ?? { resource: Number.NaN, value: Number.NaN };
    while ((b[j]?.resource ?? 0) > resource) j -= 1;
    const other = b[j];
    if (resource <= to && other?.resource === resource) found.push({ resource, value: value - other.value });
  }
  return found;
}
