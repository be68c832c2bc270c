/** A comparison as a table of text. Pure. */
import { numeral } from '../../operator/controllers/words.ts';
import { type Group, SHARES, type Standing } from './comparison.ts';

/** Time to target by table and over all, then mean ranks. */
export function standingLines(groups: readonly Group[], standings: readonly Standing[], against: string): string[] {
  const header = ['method', ...groups.map(title), 'all', ...SHARES.map((share) => `rank ${share * 100} %`)];
  const rows = standings.map(({ method, ratios, ratio, ranks }) => [
    method,
    ...ratios.map(decimals),
    decimals(ratio),
    ...ranks.map(decimals),
  ]);
  return [
    `time until the median is as good as that of ${against} at the end, as a share of the horizon; mean ranks`,
    '',
    ...aligned([header, ...rows]),
  ];
}

/** The medians over time. */
export function medianLines({ times, series, ...group }: Group): string[] {
  const shown = times.filter((time) => Number.isInteger(time));
  const header = [title(group), 'seeds', ...shown.map(String)];
  const rows = series.map(({ method, seeds, median }) => [
    method,
    String(seeds),
    ...shown.map((time) => value(median[times.indexOf(time)])),
  ]);
  return aligned([header, ...rows]);
}

export function title({ table, workers }: Pick<Group, 'table' | 'workers'>): string {
  return `${table} ×${workers}`;
}

function value(median: number | undefined): string {
  return median !== undefined && Number.isFinite(median) ? numeral(median) : '-';
}

function decimals(number: number | undefined): string {
  return number === undefined ? '-' : number.toFixed(2);
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, j) => Math.max(...rows.map((row) => row[j]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, j) => (j === 0 ? cell.padEnd(widths[j] ?? 0) : cell.padStart(widths[j] ?? 0))).join('  '),
  );
}
