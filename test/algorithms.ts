/** The algorithms of the Study API, found in its schema: tests that go through them meet those added later by themselves. */
import { z } from 'zod';
import { ALGORITHM_NAMES, algorithm } from '../operator/api/algorithm.ts';
import { engineAlgorithm } from '../operator/api/engine-study.ts';
import { validateShape } from '../operator/api/validate.ts';
import type { Algorithm } from '../src/model.ts';
import type { Rng } from '../src/rng.ts';

export type AlgorithmName = (typeof ALGORITHM_NAMES)[number];

/** As a Study's author writes it. */
export type AlgorithmSpec = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Options where less is enough: a handful of trials then shows all that an algorithm does. */
const SMALL: Readonly<Record<string, unknown>> = { initialRandom: 2, fantasies: 2, population: 3, sample: 2 };

function optionsOf(name: AlgorithmName): Readonly<Record<string, z.core.$ZodType>> {
  return algorithm.unwrap().shape[name].unwrap().shape;
}

/** Each algorithm once, with its defaults but for what can be small. */
export const SMALL_ALGORITHMS: readonly (readonly [AlgorithmName, AlgorithmSpec])[] = ALGORITHM_NAMES.map((name) => [
  name,
  { [name]: Object.fromEntries(Object.entries(SMALL).filter(([option]) => option in optionsOf(name))) },
]);

/** The algorithm as the engine takes it, every option that is left out at its default. */
export function engineAlgorithmOf(spec: AlgorithmSpec): Algorithm {
  const checked = validateShape(algorithm, spec);
  if ('problems' in checked) throw new TypeError(JSON.stringify(checked.problems));
  return engineAlgorithm(checked.object);
}

/** Whether a handful of trials is enough for it to propose configurations by what it learned from them. */
export function learns(algorithm: AlgorithmSpec): boolean {
  return Object.values(algorithm).some((options) => Object.keys(options).length > 0);
}

/** This algorithm with some of its options, small. */
export function randomAlgorithm(name: AlgorithmName, rng: Rng): AlgorithmSpec {
  for (;;) {
    const drawn = { [name]: drawObject(optionsOf(name), rng) };
    // Rules may forbid what the bounds of each option allow.
    if (!('problems' in validateShape(algorithm, drawn))) return drawn;
  }
}

function drawObject(options: Readonly<Record<string, z.core.$ZodType>>, rng: Rng): Readonly<Record<string, unknown>> {
  const given = Object.entries(options).filter(([option]) => option in SMALL || rng.uniform() < 0.7);
  return Object.fromEntries(given.map(([option, schema]) => [option, draw(schema, rng)]));
}

function draw(schema: z.core.$ZodType, rng: Rng): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return draw(schema.unwrap(), rng);
  if (schema instanceof z.ZodObject) return drawObject(schema.shape, rng);
  if (schema instanceof z.ZodEnum) return schema.options[rng.int(schema.options.length)];
  if (schema instanceof z.ZodBoolean) return rng.uniform() < 0.5;
  if (schema instanceof z.ZodNumber) return drawNumber(schema, rng);
  if (schema instanceof z.ZodArray) return drawList(schema, rng);
  throw new TypeError(`how to draw an option of type ${schema._zod.def.type} is to be said here`);
}

function drawNumber({ minValue, maxValue, isInt }: z.ZodNumber, rng: Rng): number {
  const least = Math.max(minValue ?? 0, 0);
  const most = Math.min(maxValue ?? Number.POSITIVE_INFINITY, least + 3);
  return isInt ? least + rng.int(most - least + 1) : least + rng.uniform() * (most - least);
}

/** In order and without duplicates, as lists of numbers have to be. */
function drawList(schema: z.ZodArray, rng: Rng): readonly unknown[] {
  const items = Array.from({ length: 1 + rng.int(3) }, () => draw(schema.element, rng));
  return [...new Set(items)].sort();
}
