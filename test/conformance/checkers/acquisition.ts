import { lowerConfidenceBound } from '../../../src/acquisition/confidence-bound.ts';
import { expectedImprovement } from '../../../src/acquisition/expected-improvement.ts';
import { normalCdf, normalDensity } from '../../../src/special/normal.ts';
import { differences } from '../compare.ts';

const TOLERANCE = 1e-10;

type Case = Improvement | Bound | Quantiles;

interface Predicted {
  /** A row per point, a column per fantasy. */
  readonly mean: readonly (readonly number[])[];
  readonly std: readonly number[];
}

interface Improvement extends Predicted {
  readonly kind: 'EI';
  readonly jitter: number;
  readonly incumbent: readonly number[];
  readonly minus_ei: readonly number[];
  readonly first_point: { readonly value: number; readonly dmean: readonly number[]; readonly dstd: readonly number[] };
}

interface Bound extends Predicted {
  readonly kind: 'LCB';
  readonly kappa: number;
  readonly value: readonly number[];
}

interface Quantiles {
  readonly kind: 'quantiles';
  readonly jitter: number;
  readonly fmin: number;
  readonly mean: number;
  readonly std: number;
  readonly u: number;
  readonly phi: number;
  readonly Phi: number;
  readonly minus_ei: number;
}

/** Acquisitions of given means and deviations, and their derivatives at the first point. */
export function check(data: Case): string[] {
  switch (data.kind) {
    case 'EI':
      return checkImprovement(data);
    case 'LCB': {
      const head = lowerConfidenceBound(data.kappa);
      return differences(
        'bound',
        beliefs(data).map((belief) => head(belief).value),
        data.value,
        TOLERANCE,
      );
    }
    case 'quantiles':
      return checkQuantiles(data);
    default:
      return [`unknown acquisition ${JSON.stringify(data)}`];
  }
}

function checkImprovement(data: Improvement): string[] {
  const head = expectedImprovement({ incumbents: Float64Array.from(data.incumbent), margin: data.jitter });
  const scores = beliefs(data).map(head);
  const { value, dmean, dstd } = data.first_point;
  return [
    ...differences(
      'improvement',
      scores.map((score) => score.value),
      data.minus_ei,
      TOLERANCE,
    ),
    ...differences('first', scores[0]?.value, value, TOLERANCE),
    ...differences('by means', [...(scores[0]?.byMeans ?? [])], dmean, TOLERANCE),
    ...differences('by deviation', [scores[0]?.byDeviation], dstd, TOLERANCE),
  ];
}

function checkQuantiles({ fmin, mean, std, jitter, u, phi, Phi, minus_ei }: Quantiles): string[] {
  const head = expectedImprovement({ incumbents: Float64Array.of(fmin), margin: jitter });
  return [
    ...differences('φ', normalDensity(u), phi, TOLERANCE),
    ...differences('Φ', normalCdf(u), Phi, TOLERANCE),
    ...differences('improvement', head({ means: Float64Array.of(mean), deviation: std }).value, minus_ei, TOLERANCE),
  ];
}

function beliefs({ mean, std }: Predicted) {
  return mean.map((means, i) => ({ means: Float64Array.from(means), deviation: std[i]! }));
}
