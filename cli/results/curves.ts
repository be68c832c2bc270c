/** The learning curves of all trials as a picture (SVG). Pure. */
import type { Study } from '../../operator/api/study.ts';
import type { Report, Trial } from '../../operator/api/trial.ts';
import { best, counts } from '../../operator/controllers/study/study-status.ts';
import { numeral } from '../../operator/controllers/words.ts';
import { stateOf, type TrialStateCondition } from '../../operator/observe.ts';
import { bestInWords, countsInWords } from '../progress/words.ts';
import { type Axis, axisOf, tickLabel } from './axis.ts';
import { escaped, line, picture, short, text } from './svg.ts';

const WIDTH = 960;
const HEIGHT = 600;
/** What is around the plot. */
const MARGIN = { top: 76, right: 28, bottom: 58, left: 78 };
const PLOT = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };

const COLORS = { stopped: '#b4b8bf', failed: '#c2410c', running: '#7c8db5', completed: '#2563eb', best: '#059669' };

type Fate = keyof typeof COLORS;

interface Curve {
  readonly trial: Trial;
  readonly fate: Fate;
  readonly reports: readonly Report[];
}

interface Plot {
  readonly study: Study;
  readonly curves: readonly Curve[];
  readonly x: Axis;
  readonly y: Axis;
}

export function curvesSvg(study: Study, trials: readonly Trial[]): string {
  const plot = plotOf(study, trials);
  return picture({ width: WIDTH, height: HEIGHT, title: `The trials of ${study.metadata.name}` }, [
    ...heading(plot, trials),
    ...axes(plot),
    ...rungLines(plot),
    ...plot.curves.map((curve) => curveMarks(plot, curve)),
    ...legend(plot),
  ]);
}

/** Later in this order means drawn above. */
const ORDER: readonly Fate[] = ['stopped', 'failed', 'running', 'completed', 'best'];

/** More would have their labels overlap. */
const MOST_RUNGS = 8;

function plotOf(study: Study, trials: readonly Trial[]): Plot {
  const winner = best(study, trials)?.trial;
  const curves = trials
    .map((trial) => curveOf(trial, winner))
    .filter(({ reports }) => reports.length > 0)
    .toSorted((a, b) => ORDER.indexOf(a.fate) - ORDER.indexOf(b.fate));
  const reports = curves.flatMap((curve) => curve.reports);
  const { min, max } = study.spec.resource;
  const x = axisOf([min, max, ...reports.map(({ resource }) => Math.max(min, resource))]);
  const rungs = (study.status?.rungs ?? []).map(({ level }) => level);
  return {
    study,
    curves,
    // The levels that matter are those at which trials are compared.
    x: rungs.length > 0 && rungs.length <= MOST_RUNGS ? { ...x, ticks: [...rungs, max] } : x,
    y: axisOf(reports.map(({ value }) => value)),
  };
}

function curveOf(trial: Trial, winner: string | undefined): Curve {
  const fate = trial.metadata.name === winner ? 'best' : FATES[stateOf(trial.status) ?? 'Queued'];
  return { trial, fate, reports: trial.status?.observations ?? [] };
}

const FATES: Readonly<Record<TrialStateCondition, Fate>> = {
  Queued: 'running',
  Running: 'running',
  Paused: 'running',
  Completed: 'completed',
  Stopped: 'stopped',
  Failed: 'failed',
};

function heading({ study }: Plot, trials: readonly Trial[]): readonly string[] {
  const found = best(study, trials);
  const about = `${trials.length} trials: ${countsInWords(counts(trials))}`;
  const line = found ? `${about}. Best: ${bestInWords(study.spec, found)}` : about;
  return [
    text(MARGIN.left, 30, study.metadata.name, 'font-size="18" font-weight="600"'),
    text(MARGIN.left, 50, line, 'fill="#4b5563"'),
  ];
}

function axes({ study, x, y }: Plot): readonly string[] {
  const bottom = MARGIN.top + PLOT.height;
  const { objective, resource } = study.spec;
  const middle = MARGIN.top + PLOT.height / 2;
  const scale = (axis: Axis): string => (axis.scale === 'Log' ? ' (log scale)' : '');
  return [
    ...y.ticks.flatMap((tick) => [
      line({ x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: py(y, tick), y2: py(y, tick) }, 'stroke="#e5e7eb"'),
      text(MARGIN.left - 8, py(y, tick) + 4, tickLabel(tick), 'text-anchor="end" fill="#4b5563"'),
    ]),
    ...x.ticks.map((tick) => text(px(x, tick), bottom + 20, tickLabel(tick), 'text-anchor="middle" fill="#4b5563"')),
    line({ x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: bottom, y2: bottom }, 'stroke="#9ca3af"'),
    text(MARGIN.left + PLOT.width / 2, HEIGHT - 14, `${resource.name}${scale(x)}`, 'text-anchor="middle"'),
    text(20, middle, `${objective.metric}${scale(y)}`, `text-anchor="middle" transform="rotate(-90 20 ${middle})"`),
  ];
}

function rungLines({ study, x }: Plot): readonly string[] {
  const dashed = 'stroke="#9ca3af" stroke-dasharray="3 4"';
  return (study.status?.rungs ?? []).flatMap(({ level, passed, observed }, i) => [
    line({ x1: px(x, level), x2: px(x, level), y1: MARGIN.top, y2: MARGIN.top + PLOT.height }, dashed),
    text(
      px(x, level),
      MARGIN.top - 6,
      i === 0 ? `passed: ${passed} of ${observed}` : `${passed} of ${observed}`,
      'text-anchor="middle" font-size="11" fill="#6b7280"',
    ),
  ]);
}

function curveMarks({ study, x, y }: Plot, { trial, fate, reports }: Curve): string {
  const color = COLORS[fate];
  const points = reports.map(({ resource, value }) => [
    px(x, Math.max(resource, study.spec.resource.min)),
    py(y, value),
  ]);
  const path = points.map((point) => point.map(short).join(',')).join(' ');
  const [endX = 0, endY = 0] = points[fate === 'best' ? indexOfBest(study, reports) : points.length - 1] ?? [];
  const width = fate === 'best' ? 3 : 1.3;
  const curve = `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linejoin="round"/>`;
  const end = fate === 'stopped' || fate === 'failed' ? cross(endX, endY, color) : dot(endX, endY, { color, fate });
  const last = reports.at(-1);
  const { metric } = study.spec.objective;
  const words = `${trial.metadata.name} ${fate}: ${metric} ${numeral(last?.value ?? 0)} at ${last?.resource}`;
  return `<g><title>${escaped(words)}</title>${curve}${end}</g>`;
}

function indexOfBest({ spec }: Study, reports: readonly Report[]): number {
  const values = reports.map(({ value }) => value);
  return values.indexOf(spec.objective.goal === 'Minimize' ? Math.min(...values) : Math.max(...values));
}

/** Where a trial was stopped. */
function cross(x: number, y: number, color: string): string {
  const [cx, cy, r] = [short(x), short(y), 3];
  return `<path d="M${cx} ${cy}m-${r} -${r}l${2 * r} ${2 * r}m0 -${2 * r}l-${2 * r} ${2 * r}" stroke="${color}" stroke-width="1.6" fill="none"/>`;
}

function dot(x: number, y: number, { color, fate }: { color: string; fate: Fate }): string {
  return `<circle cx="${short(x)}" cy="${short(y)}" r="${fate === 'best' ? 5 : 2.5}" fill="${color}"/>`;
}

const LEGEND: Readonly<Record<Fate, string>> = {
  best: 'best',
  completed: 'completed',
  running: 'not ended',
  stopped: 'stopped',
  failed: 'failed',
};

const LEGEND_STEP = 108;

function legend({ curves }: Plot): readonly string[] {
  const fates = ORDER.toReversed().filter((fate) => curves.some((curve) => curve.fate === fate));
  const left = WIDTH - MARGIN.right - fates.length * LEGEND_STEP;
  return fates.flatMap((fate, i) => {
    const at = left + i * LEGEND_STEP;
    const color = COLORS[fate];
    return [
      line({ x1: at, x2: at + 18, y1: 26, y2: 26 }, `stroke="${color}" stroke-width="${fate === 'best' ? 3 : 2}"`),
      fate === 'stopped' || fate === 'failed' ? cross(at + 18, 26, color) : dot(at + 18, 26, { color, fate }),
      text(at + 28, 30, LEGEND[fate], 'font-size="12"'),
    ];
  });
}

function px(axis: Axis, value: number): number {
  return MARGIN.left + axis.at(value) * PLOT.width;
}

function py(axis: Axis, value: number): number {
  return MARGIN.top + (1 - axis.at(value)) * PLOT.height;
}
