/** Medians over time with bands between the quartiles, as a picture (SVG). Pure. */
import { type Axis, axisOf, tickLabel } from '../results/axis.ts';
import { escaped, line, picture, short, text } from '../results/svg.ts';

export interface Line {
  readonly name: string;
  /** By time; drawn where finite. */
  readonly values: readonly number[];
  /** The edges of its band. */
  readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] };
}

export interface Chart {
  readonly title: string;
  /** What the axes show. */
  readonly across: string;
  readonly up: string;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
}

const WIDTH = 960;
const HEIGHT = 560;
const MARGIN = { top: 56, right: 300, bottom: 58, left: 78 };
const PLOT = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
/** Told apart by most kinds of colour blindness. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#8c6d31'];

interface Axes {
  readonly x: Axis;
  readonly y: Axis;
}

export function chartSvg(chart: Chart): string {
  const axes = { x: axisOf([0, ...chart.times]), y: axisOf(chart.lines.flatMap(shownValues)) };
  const longest = Math.max(0, ...chart.lines.map(({ name }) => name.length));
  // Beside the plot there is room for short names.
  const width = Math.max(WIDTH, WIDTH - MARGIN.right + 54 + 7 * longest);
  return picture({ width, height: HEIGHT, title: chart.title }, [
    text(MARGIN.left, 30, chart.title, 'font-size="18" font-weight="600"'),
    ...frame(chart, axes),
    ...chart.lines.flatMap((own, i) => lineMarks(chart, own, { axes, color: colorOf(i) })),
    ...chart.lines.map(({ name }, i) => legend(name, i)),
  ]);
}

function colorOf(i: number): string {
  return COLORS[i % COLORS.length] ?? '#000000';
}

function shownValues({ values, band }: Line): readonly number[] {
  return [...values, ...(band?.low ?? []), ...(band?.high ?? [])].filter(Number.isFinite);
}

function frame({ across, up }: Chart, { x, y }: Axes): readonly string[] {
  const bottom = MARGIN.top + PLOT.height;
  const right = MARGIN.left + PLOT.width;
  const middle = MARGIN.top + PLOT.height / 2;
  return [
    ...y.ticks.flatMap((tick) => [
      line({ x1: MARGIN.left, x2: right, y1: py(y, tick), y2: py(y, tick) }, 'stroke="#e5e7eb"'),
      text(MARGIN.left - 8, py(y, tick) + 4, tickLabel(tick), 'text-anchor="end" fill="#4b5563"'),
    ]),
    ...x.ticks.map((tick) => text(px(x, tick), bottom + 20, tickLabel(tick), 'text-anchor="middle" fill="#4b5563"')),
    line({ x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }, 'stroke="#9ca3af"'),
    text(MARGIN.left + PLOT.width / 2, HEIGHT - 14, across, 'text-anchor="middle"'),
    text(20, middle, up, `text-anchor="middle" transform="rotate(-90 20 ${middle})"`),
  ];
}

interface Pen {
  readonly axes: Axes;
  readonly color: string;
}

function lineMarks({ times }: Chart, { name, values, band }: Line, { axes, color }: Pen): readonly string[] {
  const along = (edge: readonly number[]): readonly string[] =>
    edge.flatMap((value, i) =>
      Number.isFinite(value) ? [`${short(px(axes.x, times[i] ?? 0))},${short(py(axes.y, value))}`] : [],
    );
  const area = band ? [...along(band.low), ...along(band.high).toReversed()].join(' ') : '';
  return [
    ...(band ? [`<polygon points="${area}" fill="${color}" fill-opacity="0.1"/>`] : []),
    `<g><title>${escaped(name)}</title><polyline points="${along(values).join(' ')}" fill="none" stroke="${color}" stroke-width="2"/></g>`,
  ];
}

function legend(name: string, i: number): string {
  const [x, y] = [WIDTH - MARGIN.right + 18, MARGIN.top + 12 + 22 * i];
  return `${line({ x1: x, x2: x + 20, y1: y, y2: y }, `stroke="${colorOf(i)}" stroke-width="2"`)}${text(x + 28, y + 4, name, 'font-size="12"')}`;
}

function px(axis: Axis, value: number): number {
  return MARGIN.left + axis.at(value) * PLOT.width;
}

function py(axis: Axis, value: number): number {
  return MARGIN.top + (1 - axis.at(value)) * PLOT.height;
}
