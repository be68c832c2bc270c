/**
 * A trial's learning curve, kept small: the first report at or above every rung level, the last report, and some points
 * between. Reports are keyed by resource, so that reading a log twice changes nothing.
 */
import type { Report } from '../api/trial.ts';

/** Points between the rung levels are thinned to this many. */
export const MAX_BETWEEN = 100;

export interface Curve {
  /** In increasing order of resource. */
  readonly reports: readonly Report[];
  /** Levels whose reports are kept whatever happens, ascending. */
  readonly levels: readonly number[];
}

/**
 * The curve with new reports. Those at or below what was already reached repeat an earlier attempt (or go backwards) and
 * change nothing.
 */
export function extend(curve: Curve, reports: readonly Report[]): Curve {
  const all = [...curve.reports];
  for (const report of reports) if (report.resource > (all.at(-1)?.resource ?? 0)) all.push(report);
  return all.length === curve.reports.length ? curve : { ...curve, reports: thin(all, curve.levels) };
}

/** Reports at which something may be decided: the first at or above each level. */
export function keyReports(reports: readonly Report[], levels: readonly number[]): ReadonlySet<number> {
  const key = new Set<number>();
  let i = 0;
  for (const level of levels) {
    while (i < reports.length && (reports[i]?.resource ?? 0) < level) i += 1;
    const report = reports[i];
    if (report) key.add(report.resource);
  }
  return key;
}

/** Drops every second point between the levels until few enough are left. */
function thin(reports: readonly Report[], levels: readonly number[]): readonly Report[] {
  const key = keyReports(reports, levels);
  let kept = reports;
  for (;;) {
    const isBetween = (report: Report, i: number): boolean => !key.has(report.resource) && i < kept.length - 1;
    if (kept.filter(isBetween).length <= MAX_BETWEEN) return kept;
    let odd = false;
    kept = kept.filter((report, i) => {
      if (!isBetween(report, i)) return true;
      odd = !odd;
      return odd;
    });
  }
}
