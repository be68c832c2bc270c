import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Config, Parameter, Value } from '../model.ts';
import { stream } from '../rng.ts';
import { createSpace, encodeResource } from './space.ts';

const lr: Parameter = { name: 'lr', type: 'float', min: 1e-4, max: 1, scale: 'Log' };
const units: Parameter = { name: 'units', type: 'int', min: 8, max: 256, scale: 'Log' };
const batch: Parameter = { name: 'batch', type: 'ordinal', values: [16, 32, 64, 128], spacing: 'Equal' };
const optimizer: Parameter = { name: 'optimizer', type: 'categorical', values: ['sgd', 'adam'] };
const momentum: Parameter = {
  name: 'momentum',
  type: 'float',
  min: 0,
  max: 0.9,
  scale: 'Linear',
  activeWhen: { parameter: 'optimizer', in: ['sgd'] },
};
const digits = createSpace([lr, units, batch, optimizer, momentum]);

/** A parameter of any kind, called x. */
const anyParameter: fc.Arbitrary<Parameter> = fc.oneof(
  fc.record({
    name: fc.constant('x'),
    type: fc.constant('float' as const),
    min: fc.double({ min: 0.001, max: 0.4, noNaN: true }),
    max: fc.double({ min: 0.5, max: 0.99, noNaN: true }),
    scale: fc.constantFrom('Linear' as const, 'Log' as const, 'ReverseLog' as const),
    steps: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  }),
  fc.record({
    name: fc.constant('x'),
    type: fc.constant('int' as const),
    min: fc.integer({ min: 1, max: 20 }),
    max: fc.integer({ min: 20, max: 500 }),
    scale: fc.constantFrom('Linear' as const, 'Log' as const),
    steps: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  }),
  fc.record({
    name: fc.constant('x'),
    type: fc.constant('categorical' as const),
    values: fc.uniqueArray(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({
    name: fc.constant('x'),
    type: fc.constant('ordinal' as const),
    values: fc
      .uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 })
      .map((values) => values.toSorted((a, b) => a - b)),
    spacing: fc.constantFrom('Equal' as const, 'Nearest' as const, 'NearestLog' as const),
  }),
);

/** Small finite spaces in which each parameter may depend on one before it. */
const conditionalSpaces: fc.Arbitrary<Parameter[]> = fc
  .array(
    fc.record({
      count: fc.integer({ min: 1, max: 3 }),
      parent: fc.option(fc.nat(), { nil: undefined }),
      // The value 4 does not exist.
      values: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((specs) =>
    specs.map(({ count, parent, values }, i): Parameter => {
      const condition = parent === undefined || i === 0 ? undefined : { parameter: `p${parent % i}`, in: values };
      return { name: `p${i}`, type: 'int', min: 1, max: count, scale: 'Linear', activeWhen: condition };
    }),
  );

const seeds = fc.maxSafeNat();

describe('a parameter of any kind', () => {
  test('is sampled within its domain and comes back from its code', () => {
    fc.assert(
      fc.property(anyParameter, seeds, (parameter, seed) => {
        const space = createSpace([parameter]);
        const config = space.sample(stream(seed, 'test', 0));
        expect(space.check(config)).toEqual([]);
        const u = space.encode(config);
        expect(u).toHaveLength(space.dimension);
        for (const [i, [low, high]] of space.bounds.entries()) {
          expect(u[i]).toBeGreaterThanOrEqual(low);
          expect(u[i]).toBeLessThanOrEqual(high);
        }
        expectSame(space.decode(u), config);
      }),
    );
  });

  test('decodes every point of the cube into its domain', () => {
    fc.assert(
      fc.property(
        anyParameter,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
        (parameter, u) => {
          const space = createSpace([parameter]);
          const config = space.decode(u);
          expect(space.check(config)).toEqual([]);
          expectSame(space.decode(space.encode(config)), config);
        },
      ),
    );
  });

  test('has a mid-point in its domain', () => {
    fc.assert(
      fc.property(anyParameter, (parameter) => {
        const space = createSpace([parameter]);
        expect(space.check(space.defaultConfig())).toEqual([]);
        expect(space.complete({})).toEqual(space.defaultConfig());
      }),
    );
  });

  test('has as many keys as its size says', () => {
    fc.assert(
      fc.property(anyParameter, (parameter) => {
        const space = createSpace([parameter]);
        if (space.size === Number.POSITIVE_INFINITY) return;
        const keys = new Set([...space.configs()].map((config) => space.key(config)));
        expect(keys.size).toBe(space.size);
      }),
    );
  });
});

/** Equal, but for rounding errors of real numbers. */
function expectSame(actual: Config, expected: Config): void {
  const rounded = (value: Value | undefined) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value);
  expect(rounded(actual['x'])).toEqual(rounded(expected['x']));
}

describe('a space', () => {
  test('orders parameters by code points, whatever the order they are given in', () => {
    const names = ['b', 'a10', 'a9', 'Z', '\u{1F600}', '\uFFFD'];
    const space = createSpace(names.map((name) => ({ ...lr, name })));
    expect(space.parameters.map(({ name }) => name)).toEqual(['Z', 'a10', 'a9', 'b', '\uFFFD', '\u{1F600}']);
  });

  test('has one coordinate for a pair of values, one each for more, and one for a number', () => {
    const operation: Parameter = { name: 'op', type: 'categorical', values: ['a', 'b', 'c'] };
    const space = createSpace([lr, operation, optimizer]);
    expect({ offsets: space.offsets, dimension: space.dimension }).toEqual({ offsets: [0, 1, 4], dimension: 5 });
    expect([...space.encode({ lr: 0.01, op: 'b', optimizer: 'adam' })]).toEqual([
      0.5,
      0,
      1,
      0,
      expect.closeTo(0.75, 7),
    ]);
  });

  test('tells configurations apart that differ in the first seven digits, and only those', () => {
    const key = (value: number) => createSpace([lr]).key({ lr: value });
    expect(key(0.012345678)).toBe(key(0.012345679));
    expect(key(0.012345678)).not.toBe(key(0.012346));
  });

  test('fills in what a configuration leaves out by the mid-point', () => {
    expect(digits.complete({ lr: 0.3 })).toEqual({ batch: 64, lr: 0.3, momentum: 0.45, optimizer: 'sgd', units: 45 });
    expect(digits.key({})).toBe(digits.key(digits.defaultConfig()));
  });

  test('takes 0.3 for the grid value next to it', () => {
    const space = createSpace([{ name: 'x', type: 'float', min: 0.1, max: 1, scale: 'Linear', steps: 10 }]);
    expect([space.key({ x: 0.3 }), space.check({ x: 0.3 })]).toEqual(['x:2', []]);
    expect(space.check({ x: 0.35 })).toEqual([
      'x is 0.35; it must be one of the 10 numbers evenly apart from 0.1 to 1',
    ]);
  });

  test('of a thousand choices is as quick as a small one', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `edge${i}`);
    const space = createSpace(names.map((name) => ({ name, type: 'categorical', values: ['a', 'b', 'c', 'd', 'e'] })));
    const config = space.sample(stream(1, 'test', 0));
    expect(space.dimension).toBe(5000);
    expect(space.decode(space.encode(config))).toEqual(config);
    expect(space.size).toBe(Number.POSITIVE_INFINITY);
  });

  test('may have a parameter called like something every object has', () => {
    const space = createSpace([
      { ...lr, name: 'constructor' },
      { ...optimizer, name: '__proto__' },
    ]);
    const config = space.sample(stream(1, 'test', 0));
    expect(Object.keys(config)).toEqual(['__proto__', 'constructor']);
    expect(space.key(space.decode(space.encode(config)))).toBe(space.key(config));
  });

  test('without parameters has one configuration', () => {
    const space = createSpace([]);
    expect([space.size, space.dimension, space.defaultConfig(), space.key({})]).toEqual([1, 0, {}, '']);
  });
});

describe('a condition', () => {
  test('leaves an inactive parameter out of configurations and keys', () => {
    const adam = digits.complete({ optimizer: 'adam', momentum: 0.3 });
    expect(Object.keys(adam)).not.toContain('momentum');
    expect(digits.key(adam)).not.toContain('momentum');
  });

  test('gives an inactive parameter the code of its mid-point, so that it does not matter', () => {
    const u = digits.encode({ optimizer: 'adam', momentum: 0.9 });
    expect(u[2]).toBe(0.5);
    u[2] = 0.123;
    expect(digits.decode(u)).toEqual(digits.complete({ optimizer: 'adam', ...digits.decode(u) }));
  });

  test('does not shift the draws of other parameters', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const drawn = digits.sample(stream(seed, 'test', 0));
        const always = createSpace([lr, units, batch, optimizer, { ...momentum, activeWhen: undefined }]);
        const { momentum: ignored, ...rest } = always.sample(stream(seed, 'test', 0));
        expect(drawn).toEqual(drawn['optimizer'] === 'sgd' ? { ...rest, momentum: ignored } : rest);
      }),
    );
  });

  test('reaches through inactive parents', () => {
    const nesterov: Parameter = {
      name: 'nesterov',
      type: 'categorical',
      values: ['yes', 'no'],
      activeWhen: { parameter: 'momentum', in: [0.9] },
    };
    const space = createSpace([optimizer, momentum, nesterov]);
    expect(space.complete({ optimizer: 'adam', momentum: 0.9 })).toEqual({ optimizer: 'adam' });
    expect(space.complete({ momentum: 0.9 })).toEqual({ optimizer: 'sgd', momentum: 0.9, nesterov: 'yes' });
  });

  test('counts in the size of the space: it equals the number of distinct configurations', () => {
    fc.assert(
      fc.property(conditionalSpaces, (parameters) => {
        const space = createSpace(parameters);
        const keys = [...space.configs()].map((config) => space.key(config));
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.length).toBe(space.size);
      }),
    );
  });

  test('is kept by samples and decoded points, which are among the listed configurations', () => {
    fc.assert(
      fc.property(conditionalSpaces, seeds, (parameters, seed) => {
        const space = createSpace(parameters);
        const listed = new Set([...space.configs()].map((config) => space.key(config)));
        const config = space.sample(stream(seed, 'test', 0));
        expect(space.check(config)).toEqual([]);
        expect(listed.has(space.key(config))).toBe(true);
        expect(space.decode(space.encode(config))).toEqual(config);
      }),
    );
  });

  test('on nothing or on itself is refused', () => {
    const on = (parameter: string): Parameter => ({ ...lr, activeWhen: { parameter, in: [1] } });
    expect(() => createSpace([on('size')])).toThrow('lr depends on size, which does not exist');
    expect(() => createSpace([on('lr')])).toThrow('the conditions of lr form a cycle');
  });
});

test('a check names the parameter, its value and the remedy', () => {
  expect(digits.check({ lr: 7, units: 9.5, batch: 48, optimizer: 'adam', momentum: 0.3, size: 1 })).toEqual([
    'lr is 7; it must be a number from 0.0001 to 1',
    'units is 9.5; it must be an integer from 8 to 256',
    'batch is 48; it must be one of 16, 32, 64, 128',
    'momentum is 0.3, but it is active only when optimizer is "sgd"; leave it out',
    'size is 1, but there is no such parameter; leave it out or use one of batch, lr, momentum, optimizer, units',
  ]);
});

test('a check finds numbers written as text and text where numbers belong', () => {
  expect(digits.check({ lr: '0.1', optimizer: 1 })).toEqual([
    'lr is "0.1"; it must be a number from 0.0001 to 1',
    'optimizer is 1; it must be one of "sgd", "adam"',
  ]);
});

test('a resource level is encoded as an integer from 1 to the maximum', () => {
  expect(encodeResource(1, 9)).toBeCloseTo(0.0555555545679, 12);
  expect(encodeResource(1, 1)).toBeCloseTo(0.5, 12);
});
