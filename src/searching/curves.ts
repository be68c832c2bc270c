/** A study's trials as learning curves for the model: times are shares of the maximum resource, values normalised. */
import type { PendingTime } from '../gp/curve-forecast.ts';
import type { CurveData } from '../gp/curve-model.ts';
import { laddersOf } from '../gp/decay-curves.ts';
import { fromRows } from '../linalg/matrix.ts';
import type { Config, Study, Trial } from '../model.ts';
import type { Space } from '../space/space.ts';
import { clipWorst, type Normalized, normalize } from '../surrogate/targets.ts';
import { type ConfigObserved, pendingEvaluations } from './evidence.ts';

export interface TrialCurves {
  readonly data: CurveData;
  /** The number of each curve's trial. */
  readonly trials: readonly number[];
  readonly normalized: Normalized;
}

interface Growing {
  readonly config: Config;
  readonly times: number[];
  readonly values: number[];
}

/** One curve per trial that was observed, in the order of their first observations; values to be minimised. */
export function curvesOf(observed: readonly ConfigObserved[], space: Space, max: number): TrialCurves {
  const normalized = normalize(clipWorst(Float64Array.from(observed, ({ value }) => value)));
  const byTrial = new Map<number, Growing>();
  for (const [i, { trial, config, resource }] of observed.entries()) {
    const own = byTrial.get(trial) ?? { config, times: [], values: [] };
    byTrial.set(trial, own);
    own.times.push(resource / max);
    own.values.push(normalized.targets[i] ?? 0);
  }
  const all = [...byTrial.values()];
  const curves = all.map(ascending);
  const points = fromRows(
    all.map(({ config }) => space.encode(config)),
    space.dimension,
  );
  return { data: { points, curves, ladders: laddersOf(curves) }, trials: [...byTrial.keys()], normalized };
}

/** A part of the observations may come in any order. */
function ascending({ times, values }: Growing) {
  const order = [...times.keys()].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  return {
    times: Float64Array.from(order, (i) => times[i] ?? 0),
    values: Float64Array.from(order, (i) => values[i] ?? 0),
  };
}

/** The next pause of each trial under way. */
export function pendingTimes(
  study: Study,
  trials: readonly Trial[],
  curves: Pick<TrialCurves, 'trials'>,
  space: Space,
): PendingTime[] {
  return pendingEvaluations(study, trials, 'NextRung').map(({ trial, config, resource }) => {
    const place = curves.trials.indexOf(trial);
    return {
      curve: place < 0 ? undefined : place,
      point: space.encode(config),
      time: resource / study.resource.max,
    };
  });
}
