/** Additional metrics on a curve: kept where somebody will look for them, as far as there is room. Pure. */
import { firstAtEach } from '../../src/curve.ts';
import type { Report } from '../api/trial.ts';

/** What they may take of a Trial, in characters of JSON. */
const ROOM = 1500;

export interface MarkedCurve {
  /** In increasing order of resource. */
  readonly reports: readonly Report[];
  /** Rung levels, ascending. */
  readonly levels: readonly number[];
  readonly goal?: 'Minimize' | 'Maximize';
}

/** The reports with additional metrics at the last one, the best one and those at rung levels, the highest first. */
export function withFewAdditional({ reports, levels, goal }: MarkedCurve): readonly Report[] {
  if (!reports.some(({ additional }) => additional)) return reports;
  const wanted = [reports.at(-1), bestOf(reports, goal), ...firstAtEach(reports, levels).toReversed()];
  const kept = new Set<Report>();
  let left = ROOM;
  for (const report of wanted) {
    if (!report?.additional || kept.has(report)) continue;
    left -= JSON.stringify(report.additional).length;
    if (left < 0) break;
    kept.add(report);
  }
  return reports.map((report) => (report.additional && !kept.has(report) ? without(report) : report));
}

function without({ resource, value, at }: Report): Report {
  return { resource, value, at };
}

/** The earliest of equals. */
function bestOf(reports: readonly Report[], goal: MarkedCurve['goal']): Report | undefined {
  const sign = goal === 'Maximize' ? -1 : 1;
  return reports.reduce<Report | undefined>(
    (best, report) => (best && sign * report.value >= sign * best.value ? best : report),
    undefined,
  );
}
