/**
 * A trial's learning curve, kept small: the first report at or above every rung level, the last report, and some points
 * between. Reports are keyed by resource, so that reading a log twice changes nothing.
 */
import { firstAtEach, firstAtStrides, MAX_BETWEEN } from '../../src/curve.ts';
import { same } from '../api/schema.ts';
import type { Report } from '../api/trial.ts';
import { withFewAdditional } from './additional.ts';

export interface Curve {
  /** In increasing order of resource. */
  readonly reports: readonly Report[];
  /** Levels whose reports are kept whatever happens, ascending. */
  readonly levels: readonly number[];
  /** Which value is the best: Minimize when absent. */
  readonly goal?: 'Minimize' | 'Maximize';
}

/**
 * The curve with new reports. Those at or below what was already reached repeat an earlier attempt (or go backwards) and
 * change nothing, except that additional metrics may still come for the last.
 */
export function extend(curve: Curve, reports: readonly Report[]): Curve {
  const all = [...curve.reports];
  let isChanged = false;
  for (const report of reports) isChanged = add(all, report) || isChanged;
  if (!isChanged) return curve;
  return { ...curve, reports: withFewAdditional({ ...curve, reports: thin(all, curve.levels) }) };
}

function add(all: Report[], report: Report): boolean {
  const last = all.at(-1);
  if (report.resource > (last?.resource ?? 0)) {
    all.push(report);
    return true;
  }
  if (!last || report.resource !== last.resource || !report.additional) return false;
  const additional = { ...last.additional, ...report.additional };
  if (same(additional, last.additional)) return false;
  all[all.length - 1] = { ...last, additional };
  return true;
}

/** Resources of the reports at which something may be decided: the first at or above each level. */
export function keyReports(reports: readonly Report[], levels: readonly number[]): ReadonlySet<number> {
  return new Set(firstAtEach(reports, levels).map(({ resource }) => resource));
}

/** Takes longer and longer strides between the levels until few enough reports are left. */
function thin(reports: readonly Report[], levels: readonly number[]): readonly Report[] {
  const key = new Set(firstAtEach(reports, levels));
  const isBetween = (report: Report): boolean => !key.has(report) && report !== reports.at(-1);
  let kept = reports;
  for (let stride = 2; kept.filter(isBetween).length > MAX_BETWEEN; stride *= 2) {
    const striding = new Set(firstAtStrides(kept, stride));
    kept = kept.filter((report) => striding.has(report) || !isBetween(report));
  }
  return kept;
}
