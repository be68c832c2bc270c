/**
 * How methods compare over seeds and tables. Pure. Times are in mean full trainings per worker; a(t) is the median over
 * seeds of the best value seen by time t.
 */
import type { Run } from '../simulate/runs.ts';

/** One method on one table. */
export interface Series {
  readonly method: string;
  readonly seeds: number;
  /** By time: Infinity while there is no value. */
  readonly median: readonly number[];
  /** The first and third quartiles. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** All methods on one table with one number of workers. */
export interface Group {
  readonly table: string;
  readonly workers: number;
  /** Ascending, up to the last that all methods reach. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
}

export function groupsOf(runs: readonly Run[]): readonly Group[] {
  const byTable = grouped(runs, ({ table, workers }) => `${table} ${workers}`);
  const groups = [...byTable.values()].map(groupOf);
  return groups.toSorted((a, b) => a.table.localeCompare(b.table) || a.workers - b.workers);
}

function grouped(runs: readonly Run[], keyOf: (run: Run) => string): ReadonlyMap<string, readonly Run[]> {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const group = groups.get(keyOf(run)) ?? [];
    groups.set(keyOf(run), group);
    group.push(run);
  }
  return groups;
}

function groupOf(runs: readonly Run[]): Group {
  const byMethod = grouped(runs, ({ method }) => method);
  const horizon = Math.min(...runs.map((run) => run.horizon));
  const keys = Object.keys(runs[0]?.at ?? {}).filter((key) => Number(key) <= horizon);
  const ordered = keys.toSorted((a, b) => Number(a) - Number(b));
  const series = [...byMethod].map(([method, own]) => seriesOf(method, own, ordered));
  const { table = '', workers = 0 } = runs[0] ?? {};
  return { table, workers, times: ordered.map(Number), series };
}

function seriesOf(method: string, runs: readonly Run[], keys: readonly string[]): Series {
  const values = keys.map((key) => runs.map(({ at }) => at[key] ?? Number.POSITIVE_INFINITY).toSorted((a, b) => a - b));
  const at = (share: number) => values.map((sorted) => quantile(sorted, share));
  return { method, seeds: runs.length, median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** Interpolates; ascending values, possibly infinite. */
function quantile(ascending: readonly number[], share: number): number {
  const place = (ascending.length - 1) * share;
  const below = ascending[Math.floor(place)] ?? Number.POSITIVE_INFINITY;
  const above = ascending[Math.ceil(place)] ?? below;
  return below === above ? below : below + (place - Math.floor(place)) * (above - below);
}

/**
 * The first time at which the method's median is at least as good as the other's at the end, as a share of the horizon:
 * 1 if never; below 1 is faster. Undefined where one of them was not run.
 */
export function timeToTarget({ times, series }: Group, method: string, against: string): number | undefined {
  const own = series.find((other) => other.method === method);
  const target = series.find((other) => other.method === against)?.median.at(-1);
  const horizon = times.at(-1);
  if (!own || target === undefined || horizon === undefined) return undefined;
  const reached = own.median.findIndex((value) => value <= target);
  return (times[reached] ?? horizon) / horizon;
}

/** The methods' ranks by their medians at this share of the horizon: 1 is best, equals share the mean of theirs. */
export function ranksAt({ times, series }: Group, share: number): ReadonlyMap<string, number> {
  const horizon = times.at(-1) ?? 0;
  const index = times.findLastIndex((time) => time <= share * horizon);
  const medians = series.map(({ median }) => median[Math.max(0, index)] ?? Number.POSITIVE_INFINITY);
  return new Map(series.map(({ method }, i) => [method, rank(medians, medians[i] ?? Number.POSITIVE_INFINITY)]));
}

function rank(values: readonly number[], value: number): number {
  const better = values.filter((other) => other < value).length;
  const equal = values.filter((other) => other === value).length;
  return better + (equal + 1) / 2;
}

/** One method over all tables. */
export interface Standing {
  readonly method: string;
  /** On how many tables it was run. */
  readonly tables: number;
  /** Time to target by table, in the groups' order. */
  readonly ratios: readonly (number | undefined)[];
  /** Their geometric mean. */
  readonly ratio: number | undefined;
  /** Mean ranks at each of SHARES. */
  readonly ranks: readonly number[];
}

export const SHARES = [0.25, 0.5, 1] as const;

/** Best mean rank at the end first. */
export function standings(groups: readonly Group[], against: string): readonly Standing[] {
  const methods = [...new Set(groups.flatMap(({ series }) => series.map(({ method }) => method)))];
  const all = methods.map((method): Standing => {
    const ratios = groups.map((group) => timeToTarget(group, method, against));
    return {
      method,
      tables: groups.filter(({ series }) => series.some((own) => own.method === method)).length,
      ratios,
      ratio: geometricMean(ratios.filter((ratio) => ratio !== undefined)),
      ranks: SHARES.map((share) => mean(groups.flatMap((group) => ranksAt(group, share).get(method) ?? []))),
    };
  });
  return all.toSorted((a, b) => (a.ranks.at(-1) ?? 0) - (b.ranks.at(-1) ?? 0));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function geometricMean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.exp(mean(values.map(Math.log)));
}
