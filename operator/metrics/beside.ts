/** Additional metrics in items of their own → beside the reports they belong to. Pure. */
import type { Read, Reading, Values } from './reading.ts';

/**
 * The reports of a list, in its order, with the values that came for their levels in other items; those without a level
 * are of the report before them, or of the first.
 */
export function withBeside(reads: readonly Read[]): readonly Reading[] {
  const reports = reads.flatMap((read) => (read.kind === 'report' ? [read.report] : []));
  const byLevel = new Map<number, Values>();
  let before = reports[0]?.resource ?? 0;
  for (const read of reads) {
    if (read.kind === 'report') before = read.report.resource;
    if (read.kind !== 'additional') continue;
    const level = read.resource ?? before;
    byLevel.set(level, { ...byLevel.get(level), ...read.values });
  }
  return reports.map((report) => {
    const additional = { ...byLevel.get(report.resource), ...report.additional };
    return Object.keys(additional).length > 0 ? { ...report, additional } : report;
  });
}
