/** What configurations cost, learned from what trials have. */
import type { Cost } from '../acquisition/per-cost.ts';
import { fromRows } from '../linalg/matrix.ts';
import type { Trial } from '../model.ts';
import type { Space } from '../space/space.ts';
import { costModel } from '../surrogate/cost.ts';

/** From the last observation of each trial that says how long it took. Undefined while there is none. */
export function learnedCost(space: Space, trials: readonly Trial[]): Cost | undefined {
  const known = trials
    .toSorted((a, b) => a.number - b.number)
    .flatMap((trial) => {
      const { resource = 0, seconds = 0 } = trial.observations.findLast((own) => (own.seconds ?? 0) > 0) ?? {};
      return resource > 0 && seconds > 0 ? [{ config: trial.config, resource, seconds }] : [];
    });
  return costModel({
    points: fromRows(
      known.map(({ config }) => space.encode(config)),
      space.dimension,
    ),
    resources: Float64Array.from(known, ({ resource }) => resource),
    seconds: Float64Array.from(known, ({ seconds }) => seconds),
  });
}
