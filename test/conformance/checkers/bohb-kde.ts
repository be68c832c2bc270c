import { fromRows } from '../../../src/linalg/matrix.ts';
import type { Config } from '../../../src/model.ts';
import {
  badness,
  type Density,
  density,
  type FeatureType,
  goodCount,
  probability,
} from '../../../src/searching/density.ts';
import { features } from '../../../src/searching/density-features.ts';
import { createSpace } from '../../../src/space/space.ts';
import { differences } from '../compare.ts';
import { type FixtureParameter, parameter } from '../parameters.ts';

const TOLERANCE = 1e-10;

interface Case {
  readonly space: readonly FixtureParameter[];
  readonly var_types: readonly ('c' | 'o' | 'u')[];
  readonly min_bandwidth: number;
  readonly top_n_percent: number;
  readonly data: readonly Datum[];
  /** Null: the data of all levels together. */
  readonly level_used: number | null;
  readonly n_good: number;
  readonly n_bad: number;
  readonly bw_good: readonly number[];
  readonly bw_bad: readonly number[];
  readonly good_data: readonly (readonly number[])[];
  readonly test: readonly (readonly number[])[];
  readonly pdf_good: readonly number[];
  readonly pdf_bad: readonly number[];
  readonly ratio: readonly number[];
}

interface Datum {
  readonly config: Config;
  readonly epoch: number;
  readonly m: number;
  /** Made by the library's map. */
  readonly feature: readonly number[];
}

const TYPES: Readonly<Record<Case['var_types'][number], FeatureType>> = {
  c: 'Continuous',
  o: 'Ordered',
  u: 'Unordered',
};

/** The split into good and bad, both densities, and their ratio. */
export function check(data: Case): string[] {
  const types = data.var_types.map((type) => TYPES[type]);
  const level = levelUsed(data);
  const used = data.data.filter(({ epoch }) => level === null || epoch === level).toSorted((a, b) => a.m - b.m);
  const count = countGood(used.length, data) ?? 0;
  const estimate = (part: readonly Datum[]) =>
    density(types, fromRows(part.map(({ feature }) => feature)), data.min_bandwidth);
  const [good, bad] = [estimate(used.slice(0, count)), estimate(used.slice(count))];
  const test = data.test.map((x) => Float64Array.from(x));
  const pdf = (own: Density) => test.map((x) => probability(own, x));
  return [
    ...checkFeatures(data),
    ...differences('level', level, data.level_used),
    ...differences(
      'good data',
      used.slice(0, count).map(({ feature }) => feature),
      data.good_data,
    ),
    ...differences('bad data', used.length - count, data.n_bad),
    ...differences('bandwidths of the good', [...good.bandwidths], data.bw_good, TOLERANCE),
    ...differences('bandwidths of the bad', [...bad.bandwidths], data.bw_bad, TOLERANCE),
    ...differences('density of the good', pdf(good), data.pdf_good, TOLERANCE),
    ...differences('density of the bad', pdf(bad), data.pdf_bad, TOLERANCE),
    ...differences(
      'ratio',
      test.map((x) => badness(good, bad, x)),
      data.ratio,
      TOLERANCE,
    ),
  ];
}

function countGood(n: number, { space, top_n_percent }: Case): number | undefined {
  return goodCount(n, { percent: top_n_percent, least: space.length, dimension: space.length });
}

/** The highest level with enough data; null where levels do not matter. */
function levelUsed(data: Case): number | null {
  if (data.level_used === null) return null;
  const levels = [...new Set(data.data.map(({ epoch }) => epoch))].sort((a, b) => b - a);
  return (
    levels.find((level) => countGood(data.data.filter(({ epoch }) => epoch === level).length, data) !== undefined) ??
    null
  );
}

/** Only where the library's map is right: numbers on a linear scale, and categories. */
function checkFeatures({ space, data }: Case): string[] {
  const own = createSpace(space.map(parameter));
  const isRight = own.parameters.map(({ name }) =>
    ['uniform', 'choice'].includes(space.find((p) => p.name === name)!.kind),
  );
  return data.flatMap(({ config, feature }, i) => {
    const actual = features(own, config);
    return isRight.flatMap((right, k) =>
      right ? differences(`feature ${i}, ${k}`, actual[k], feature[k], TOLERANCE) : [],
    );
  });
}
