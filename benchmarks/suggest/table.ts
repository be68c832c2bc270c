/** Measurements as tables for people. */
import type { Setting } from './sides.ts';
import type { Measured } from './task.ts';

export interface Row {
  readonly name: string;
  readonly isPeer: boolean;
  /** One for each seed. */
  readonly all: readonly Measured[];
}

/** By which clock. */
export type Clock = 'wall' | 'cpu';

const WIDTH = { name: 34, number: 13, range: 22 };

/** A setting's rows: medians in ms (least, most), and how many times longer others take in the median. */
export function tableOf({ space, observations, pending }: Setting, rows: readonly Row[], clock: Clock): string {
  const peers = rows.filter(({ isPeer }) => isPeer);
  const title = `${space}, n = ${observations}, ${pending} pending`.padEnd(WIDTH.name);
  const heads = ['ms', ...peers.map(({ name }) => `${name}/`), 'peak MiB'].map((head) => head.padStart(WIDTH.number));
  const [ms = '', ...others] = heads;
  return [`${title}${ms}${'(min, max)'.padStart(WIDTH.range)}${others.join('')}`, ...rows.map(lineOf)].join('\n');

  function lineOf(row: Row): string {
    const times = row.all.map((own) => timeOf(own, clock));
    const range = `(${format(Math.min(...times))}, ${format(Math.max(...times))})`;
    const ratios = peers.map((peer) => (row.isPeer ? '' : `×${format(median(peer, clock) / median(row, clock))}`));
    const memory = Math.max(...row.all.map(({ peakMiB = 0 }) => peakMiB));
    const numbers = [...ratios, memory === 0 ? '' : memory.toFixed(0)].map((text) => text.padStart(WIDTH.number));
    const [first = '', rest = ''] = [`  ${row.name}`.padEnd(WIDTH.name), numbers.join('')];
    return `${first}${format(median(row, clock)).padStart(WIDTH.number)}${range.padStart(WIDTH.range)}${rest}${phasesOf(row)}`;
  }
}

/** How much longer with twice the observations, for each row that is there at both sizes. */
export function growthOf(small: readonly Row[], large: readonly Row[], clock: Clock): readonly string[] {
  return small.flatMap((row) => {
    const other = large.find(({ name }) => name === row.name);
    return other ? [`  ${row.name.padEnd(WIDTH.name)}×${format(median(other, clock) / median(row, clock))}`] : [];
  });
}

function timeOf({ wallMs, cpuMs }: Measured, clock: Clock): number {
  return clock === 'wall' ? wallMs : cpuMs;
}

export function median({ all }: Pick<Row, 'all'>, clock: Clock): number {
  const sorted = all.map((own) => timeOf(own, clock)).sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** The mean shares of the time, where they were measured. */
function phasesOf({ all }: Row): string {
  const shares = new Map<string, number>();
  const profiles = all.map(({ phases }) => phases).filter((phases) => phases !== undefined);
  for (const [phase, share] of profiles.flatMap((phases) => Object.entries(phases)))
    shares.set(phase, (shares.get(phase) ?? 0) + share / profiles.length);
  const shown = [...shares].sort(([, a], [, b]) => b - a).map(([phase, share]) => `${phase} ${format(100 * share)} %`);
  return shown.length === 0 ? '' : `\n      ${shown.join(', ')}`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
