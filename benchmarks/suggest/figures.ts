/**
 * What "one suggestion" can mean, by what the process has done before:
 *
 *   refit  it has served the study so far, and a fit is due that starts from the one before
 *   anew   likewise, and the fit that is due also starts anew; with few observations all do
 *   kept   likewise, and no fit is due
 *   fresh  nothing: all fits there were are made again
 *
 * When fits are due depends on the number of observations, and on the growth between fits. To measure each figure at
 * any number of observations, the growth is moved by what it takes from its default.
 */
import { MODEL_BASED_DEFAULTS } from '../../src/searching/model-options.ts';
import { type Refit, refitsUpTo } from '../../src/surrogate/refits.ts';

export const FIGURES = ['refit', 'anew', 'kept', 'fresh'] as const;

export type Figure = (typeof FIGURES)[number];

const STEP = 1e-4;
const MOST = 0.5;

/** The growth nearest to the default with which the figure can be measured at `n` observations, if there is one. */
export function growthFor(figure: Figure, n: number): number | undefined {
  const usual = usualGrowth();
  const nearby = Array.from({ length: Math.floor(MOST / STEP) }, (_, i) => [usual + i * STEP, usual - i * STEP]).flat();
  return nearby.find((growth) => growth > 0 && isMet(figure, refitsUpTo(n, growth).at(-1), n));
}

function isMet(figure: Figure, last: Refit | undefined, n: number): boolean {
  const isDue = last?.size === n;
  const asked: Readonly<Record<Figure, boolean>> = {
    refit: isDue && !last.isAnew,
    anew: isDue && last.isAnew,
    kept: !isDue,
    fresh: true,
  };
  return asked[figure];
}

function usualGrowth(): number {
  const { refit } = MODEL_BASED_DEFAULTS;
  if ('growth' in refit) return refit.growth;
  throw new TypeError('fits are not due by growth: say here when they are');
}
