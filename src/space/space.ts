import type { Config, Parameter, Value } from '../model.ts';
import type { Rng } from '../rng.ts';
import { cells } from './axis.ts';
import { check } from './check.ts';
import { conditionForest, isActive } from './conditions.ts';
import { domain } from './domain.ts';
import { assignments, countConfigs } from './enumeration.ts';

/**
 * A search space: configurations and their place in the unit cube.
 *
 * Configurations may be partial everywhere: a parameter left out takes its value of the mid-point configuration.
 * Entries of inactive or unknown parameters are ignored; `check` finds them.
 */
export interface Space {
  /** By name in code-point order: the order of coordinates and of random draws. */
  readonly parameters: readonly Parameter[];
  /** Each parameter's first coordinate. */
  readonly offsets: readonly number[];
  /** How many coordinates there are. */
  readonly dimension: number;
  /** The interval of each coordinate. */
  readonly bounds: readonly (readonly [number, number])[];
  /** How many configurations `key` tells apart; Infinity when a parameter is continuous. */
  readonly size: number;
  /** `dimension` numbers in [0, 1]; inactive parameters have the code of their mid-point value. */
  encode(config: Config): Float64Array;
  /** u: at least `dimension` numbers in [0, 1]. */
  decode(u: ArrayLike<number>): Config;
  /** Draws every parameter, active or not, so that later draws do not depend on earlier ones. */
  sample(rng: Rng): Config;
  /** The mid-point configuration. */
  defaultConfig(): Config;
  /** Fills in what was left out and drops what is inactive or unknown. */
  complete(partial: Config): Config;
  /** Equal for equal configurations, and only for them. */
  key(config: Config): string;
  /** What is wrong with a configuration, one sentence each. */
  check(config: Config): string[];
  /** Every configuration once. For spaces of finite `size` only. */
  configs(): Iterable<Config>;
}

/** The code of a resource level r in 1 … max, the last coordinate of a configuration at that level. */
export function encodeResource(r: number, max: number): number {
  return cells(1, max, 'Linear').encode(r);
}

/** Spaces made so far, as long as somebody holds their parameters: a space never changes. */
const spaces = new WeakMap<readonly Parameter[], Space>();

/** Conditions must name parameters of the space and form no cycle, otherwise a RangeError is thrown. */
export function createSpace(parameters: readonly Parameter[]): Space {
  const known = spaces.get(parameters);
  if (known) return known;
  const space = newSpace(parameters);
  spaces.set(parameters, space);
  return space;
}

function newSpace(unsorted: readonly Parameter[]): Space {
  const parameters = unsorted.toSorted((a, b) => compareCodePoints(a.name, b.name));
  const domains = parameters.map(domain);
  const forest = conditionForest(parameters, domains);
  const offsets: number[] = [];
  let dimension = 0;
  for (const { bounds } of domains) {
    offsets.push(dimension);
    dimension += bounds.length;
  }

  /** The values that count, by parameter: the candidate's, for the parameters that are active. */
  function active(candidate: (index: number) => Value | undefined): (Value | undefined)[] {
    const values: (Value | undefined)[] = parameters.map(() => undefined);
    for (const node of forest) {
      if (isActive(node, values)) values[node.index] = candidate(node.index) ?? node.domain.middle;
    }
    return values;
  }
  const given = (config: Config) => active((index) => ownValue(config, parameters[index]?.name ?? ''));
  const config = (values: readonly (Value | undefined)[]): Config => {
    const entries: [string, Value][] = [];
    for (const [index, { name }] of parameters.entries()) {
      const value = values[index];
      if (value !== undefined) entries.push([name, value]);
    }
    return Object.fromEntries(entries);
  };

  let count: number | undefined;
  const encoded = new WeakMap<Config, Float64Array>();
  const keys = new WeakMap<Config, string>();

  function encode(partial: Config): Float64Array {
    const u = new Float64Array(dimension);
    const values = given(partial);
    for (const [i, own] of domains.entries()) own.encode(values[i] ?? own.middle, u, offsets[i] ?? 0);
    return u;
  }

  function keyOf(partial: Config): string {
    const values = given(partial);
    const parts: string[] = [];
    for (const [i, own] of domains.entries()) {
      const value = values[i];
      if (value !== undefined) parts.push(`${parameters[i]?.name}:${own.key(value)}`);
    }
    return parts.join(',');
  }

  return {
    parameters,
    offsets,
    dimension,
    bounds: domains.flatMap(({ bounds }) => bounds),
    get size() {
      count ??= countConfigs(forest);
      return count;
    },
    encode: (partial) => remembered(encoded, partial, encode).slice(),
    decode: (u) => config(active((i) => domains[i]?.decode(u, offsets[i] ?? 0))),
    sample(rng) {
      const drawn = domains.map((own) => own.sample(rng));
      return config(active((i) => drawn[i]));
    },
    defaultConfig: () => config(active(() => undefined)),
    complete: (partial) => config(given(partial)),
    key: (partial) => remembered(keys, partial, keyOf),
    check: (partial) => check(partial, { parameters, domains, values: given(partial) }),
    *configs() {
      for (const values of assignments(forest)) yield config(values);
    },
  };
}

/** What was made of a configuration, as long as somebody holds it: a configuration never changes. */
function remembered<T>(known: WeakMap<Config, T>, config: Config, make: (config: Config) => T): T {
  const made = known.get(config) ?? make(config);
  known.set(config, made);
  return made;
}

/** Not what objects inherit: a parameter may be called "constructor". */
function ownValue(config: Config, name: string): Value | undefined {
  return Object.hasOwn(config, name) ? config[name] : undefined;
}

/** Order by Unicode code points, which differs from JavaScript's order of UTF-16 units beyond the basic plane. */
function compareCodePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  const differs = left.findIndex((character, i) => character !== right[i]);
  if (differs < 0) return left.length - right.length;
  return (left[differs]?.codePointAt(0) ?? -1) - (right[differs]?.codePointAt(0) ?? -1);
}
