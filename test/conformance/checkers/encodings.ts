import type { Config } from '../../../src/model.ts';
import { createSpace, encodeResource, type Space } from '../../../src/space/space.ts';
import { differences } from '../compare.ts';
import { type FixtureParameter, parameter } from '../parameters.ts';

const TOLERANCE = 1e-12;

interface Case {
  readonly space: readonly FixtureParameter[];
  readonly internal_order: readonly string[];
  readonly ndarray_size: number;
  readonly encoded_ranges: Readonly<Record<string, readonly [number, number]>>;
  readonly bounds: readonly (readonly [number, number])[];
  readonly encode: readonly Encoded[];
  readonly decode: readonly Decoded[];
  readonly extended: readonly Extended[];
}

interface Encoded {
  readonly config: Config;
  readonly encoded: readonly number[];
  readonly decoded: Config;
  readonly match_string: string;
}

interface Decoded {
  readonly vector: readonly number[];
  readonly decoded: Config;
  readonly reencoded: readonly number[];
}

interface Extended {
  readonly r_max: number;
  readonly resource: number;
  readonly encoded: readonly number[];
}

/** Configurations in the unit cube and back; the extended codes are of the first configuration. */
export function check(data: Case): string[] {
  const space = createSpace(data.space.map(parameter));
  const first = data.encode[0]?.config ?? {};
  return [
    ...differences('order', namesOf(space), data.internal_order),
    ...differences('dimension', space.dimension, data.ndarray_size),
    ...differences('ranges', rangesOf(space), data.encoded_ranges),
    ...differences('bounds', space.bounds, data.bounds),
    ...data.encode.flatMap((expected, i) => checkEncoded(`encode ${i}`, space, expected)),
    ...data.decode.flatMap((expected, i) => checkDecoded(`decode ${i}`, space, expected)),
    ...data.extended.flatMap(({ r_max, resource, encoded }, i) => {
      const extended = [...space.encode(first), encodeResource(resource, r_max)];
      return differences(`extended ${i}`, extended, encoded, TOLERANCE);
    }),
  ];
}

function checkEncoded(what: string, space: Space, { config, encoded, decoded, match_string }: Encoded): string[] {
  const u = space.encode(config);
  return [
    ...differences(what, [...u], encoded, TOLERANCE),
    ...differences(`${what}, decoded`, space.decode(u), decoded, TOLERANCE),
    ...differences(`${what}, key`, space.key(config), match_string),
    ...space.check(config).map((problem) => `${what}: ${problem}`),
  ];
}

function checkDecoded(what: string, space: Space, { vector, decoded, reencoded }: Decoded): string[] {
  const config = space.decode(vector);
  return [
    ...differences(what, config, decoded, TOLERANCE),
    ...differences(`${what}, encoded again`, [...space.encode(config)], reencoded, TOLERANCE),
  ];
}

function namesOf(space: Space): string[] {
  return space.parameters.map(({ name }) => name);
}

function rangesOf({ parameters, offsets, dimension }: Space): Record<string, [number, number]> {
  return Object.fromEntries(parameters.map(({ name }, i) => [name, [offsets[i]!, offsets[i + 1] ?? dimension]]));
}
