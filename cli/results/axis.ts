/** An axis of a plot: where values are on it, and which are worth a label. Pure. */

export interface Axis {
  readonly scale: 'Linear' | 'Log';
  /** Position of a value between 0 and 1. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** From this ratio of largest to smallest on, small values would lie on top of each other. */
const LOG_RATIO = 20;

/** An axis that shows all the values; logarithmic where they are positive and far apart. Of no values: from 0 to 1. */
export function axisOf(values: readonly number[]): Axis {
  const finite = values.filter(Number.isFinite);
  const [min, max] = finite.length === 0 ? [0, 1] : [least(finite), greatest(finite)];
  return min > 0 && max / min >= LOG_RATIO ? logAxis(min, max) : linearAxis(min, max);
}

/** No spread: too many arguments for a call are possible. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}

const MOST_TICKS = 7;

function linearAxis(lowest: number, highest: number): Axis {
  const half = lowest === highest ? Math.max(Math.abs(lowest) / 2, 0.5) : 0;
  const [low, high] = [lowest - half, highest + half];
  const step = niceStep((high - low) / MOST_TICKS);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => rounded((first + i) * step));
  const [min, max] = [first * step, last * step];
  return { scale: 'Linear', at: (value) => (value - min) / (max - min), ticks };
}

/** The next of 1, 2, 5, 10, 20, … */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const nice = [1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10;
  return nice * power;
}

/** Room below the smallest and above the largest value, as a share of the range: no curve runs along the edge. */
const AIR = 0.03;

function logAxis(min: number, max: number): Axis {
  const air = AIR * (Math.log10(max) - Math.log10(min));
  const [low, high] = [Math.log10(min) - air, Math.log10(max) + air];
  const ticks = logTicks(10 ** low, 10 ** high);
  return { scale: 'Log', at: (value) => (Math.log10(value) - low) / (high - low), ticks };
}

const FEW_DECADES = 3;

/** Powers of ten; with 2 and 5 between them where there are few, only some of them where there are many. */
function logTicks(min: number, max: number): readonly number[] {
  const [low, high] = [Math.log10(min), Math.log10(max)];
  const factors = high - low < FEW_DECADES ? [1, 2, 5] : [1];
  const every = Math.ceil((high - low) / MOST_TICKS);
  const first = Math.floor(low / every) * every;
  const powers = Array.from({ length: Math.ceil((high - first) / every) + 1 }, (_, i) => first + i * every);
  return powers
    .flatMap((power) => factors.map((factor) => rounded(factor * 10 ** power)))
    .filter((tick) => tick >= min && tick <= max);
}

/** Without what binary fractions add. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential().replace('e+', 'e');
  return String(value);
}
