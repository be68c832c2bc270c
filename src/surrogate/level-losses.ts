/**
 * How well the models of resource levels rank what was observed at the highest of them: ranking losses of posterior draws
 * (level-weights.ts). Each level has a process of its own. That of the highest level would know the very values it is
 * judged by: instead it predicts each part of them from the others.
 */
import { pointsAt } from '../gp/ensemble.ts';
import { drawJointly } from '../gp/fantasies.ts';
import type { FixedModel } from '../gp/model.ts';
import { denseProcess } from '../gp/observe.ts';
import { condition } from '../gp/posterior.ts';
import { at, fromRows, type Matrix, row, zeros } from '../linalg/matrix.ts';
import type { Rng } from '../rng.ts';
import { rankingLoss } from './level-weights.ts';

/** What was observed at one level. */
export interface LevelData {
  /** Encoded configurations, the encoded resource of the level as the last coordinate, n×D. */
  readonly points: Matrix;
  /** Normalised, n. */
  readonly targets: Float64Array;
}

export interface Draws {
  readonly count: number;
  readonly rng: Rng;
}

/** At most so many parts, of two observations or more each. */
const MOST_PARTS = 5;

/**
 * The losses of each level, one per draw, by the configurations of the last level, which has at least four. The model is
 * independent between levels. Undefined where a posterior cannot be computed.
 */
export function levelLosses(
  model: FixedModel,
  levels: readonly LevelData[],
  draws: Draws,
): readonly Float64Array[] | undefined {
  const highest = levels.at(-1);
  if (highest === undefined) return [];
  const losses: Float64Array[] = [];
  for (const known of levels) {
    const own =
      known === highest
        ? crossValidated(model, highest, draws)
        : lossesOf(model, known, { ...highest, points: pointsAt(highest.points, codeOf(known)) }, draws);
    if (own === undefined) return undefined;
    losses.push(own);
  }
  return losses;
}

/** Losses at `judged` of draws from the posterior given what is known. */
function lossesOf(
  model: FixedModel,
  known: LevelData,
  judged: LevelData,
  { count, rng }: Draws,
): Float64Array | undefined {
  const posterior = condition(model, known.points, fromRows([known.targets]));
  const normals = zeros(count, judged.points.rows);
  const drawn =
    posterior &&
    drawJointly(denseProcess(posterior), judged.points, { ...normals, data: normals.data.map(() => rng.normal()) });
  return drawn && Float64Array.from({ length: count }, (_, s) => rankingLoss(row(drawn, s), judged.targets));
}

/** The mean over parts, each predicted from the others. */
function crossValidated(model: FixedModel, data: LevelData, draws: Draws): Float64Array | undefined {
  const n = data.targets.length;
  const parts = Math.min(MOST_PARTS, Math.floor(n / 2));
  const means = new Float64Array(draws.count);
  for (let part = 0; part < parts; part++) {
    const isIn = (i: number) => i % parts === part;
    const own = lossesOf(
      model,
      only(data, (i) => !isIn(i)),
      only(data, isIn),
      draws,
    );
    if (own === undefined) return undefined;
    for (let s = 0; s < means.length; s++) means[s] = at(means, s) + at(own, s) / parts;
  }
  return means;
}

function only({ points, targets }: LevelData, isWanted: (i: number) => boolean): LevelData {
  const places = Array.from(targets.keys()).filter(isWanted);
  return {
    points: fromRows(places.map((i) => row(points, i))),
    targets: Float64Array.from(places, (i) => at(targets, i)),
  };
}

/** The encoded resource that all points have. */
function codeOf({ points }: LevelData): number {
  return at(points.data, points.columns - 1);
}
