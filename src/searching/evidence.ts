/** What a model learns from: a study's trials as observations, pending evaluations and a space of points. */
import { firstAtEach, lastingStride } from '../curve.ts';
import { type Matrix, row, zeros } from '../linalg/matrix.ts';
import type { Config, Observation, Seeing, Study, Trial } from '../model.ts';
import { allLevels, createScheduler } from '../scheduling/scheduler.ts';
import { encodeResource, type Space } from '../space/space.ts';
import type { Observed } from '../surrogate/subsample.ts';
import { honestReports, imagined } from './faults.ts';

/** Which observations count. */
export type Which = NonNullable<Seeing['observations']>;

/** At which levels trials under way are evaluated. */
export type Where = NonNullable<Seeing['pending']>;

export interface ConfigObserved extends Observed {
  readonly config: Config;
}

/**
 * Observations in the order they were made, values to be minimised; those of trials that failed through their
 * configuration are as bad as the worst of the others.
 */
export function observations(study: Study, trials: readonly Trial[], which: Which): ConfigObserved[] {
  const sign = study.goal === 'Minimize' ? 1 : -1;
  const all = trials.flatMap((trial) =>
    seen(study, trial, which).map(({ resource, value, at }) => {
      return { trial: trial.number, config: trial.config, resource, value: sign * value, at };
    }),
  );
  const known = [...all, ...imagined(study, trials, all)];
  return known.sort((a, b) => a.at - b.at || a.trial - b.trial || a.resource - b.resource);
}

/** The observations of a trial that count, in increasing order of resource. */
function seen(study: Study, trial: Trial, which: Which): readonly Observation[] {
  const own = honestReports(trial);
  if (which === 'All') return own;
  const scheduler = createScheduler(study);
  const levels = which === 'Rungs' ? allLevels(scheduler) : (scheduler.brackets[trial.bracket]?.levels ?? []);
  const counting = new Set(firstAtEach(own, [...levels, study.resource.max]));
  const last = own.at(-1);
  // Of code that ended between two rungs the last report is its result.
  if (last && (which === 'RungsAndLast' || trial.state === 'Completed')) counting.add(last);
  return [...counting];
}

/** Where an evaluation is under way: at levels that active trials have yet to reach. */
export function pendingEvaluations(
  { resource: { max } }: Pick<Study, 'resource'>,
  trials: readonly Trial[],
  where: Where,
): { trial: number; config: Config; resource: number }[] {
  return trials
    .filter(({ state }) => state === 'Active')
    .toSorted((a, b) => a.number - b.number)
    .flatMap((trial) => {
      const { number, config, until, observations: own } = trial;
      const reached = own.at(-1)?.resource ?? 0;
      const levels = reached < until ? pendingLevels({ reached, until, stride: lastingStride(max) }, where) : [];
      return levels.map((resource) => ({ trial: number, config, resource }));
    });
}

interface Way {
  /** Below `until`. */
  readonly reached: number;
  readonly until: number;
  /** Long curves are known at strides only. */
  readonly stride: number;
}

function pendingLevels({ reached, until, stride }: Way, where: Where): readonly number[] {
  if (where === 'NextRung') return [until];
  const next = (Math.floor(reached / stride) + 1) * stride;
  if (where === 'NextUnit') return [Math.min(next, until)];
  const between = Array.from({ length: Math.ceil((until - next) / stride) }, (_, i) => next + i * stride);
  return [...between, until];
}

/** Encoded configurations with their encoded resource, a row each. */
export function pointsOf(
  space: Space,
  maxResource: number,
  rows: readonly { readonly config: Config; readonly resource: number }[],
): Matrix {
  const points = zeros(rows.length, space.dimension + 1);
  for (const [i, { config, resource }] of rows.entries()) {
    const point = row(points, i);
    point.set(space.encode(config));
    point[space.dimension] = encodeResource(resource, maxResource);
  }
  return points;
}

/** Coordinates that may be warped: those of numbers. */
export function warpedCoordinates({ parameters, offsets }: Space): number[] {
  return parameters.flatMap(({ type }, k) => (type === 'categorical' ? [] : [offsets[k] ?? 0]));
}

/** Of each coordinate, which parameter it is of. */
export function parameterOfCoordinates({ dimension, offsets }: Space): number[] {
  return Array.from({ length: dimension }, (_, k) => offsets.findLastIndex((offset) => offset <= k));
}
