/**
 * The Matérn kernel between a point and many, for WebAssembly: two pairs of points in each vector, two vectors at a time.
 * Formulas and notation: matern.ts; layout: matern-pairs.ts.
 *
 *   e^(−B):  −B = m ln 2 + r,  |r| ≤ (ln 2)/2,      e^(−B) = 2ᵐ (1 + r + r c/(2 − c)),  c = r − r² P(r²)
 *
 * P and the two parts of ln 2: fdlibm, e_exp.c (Sun Microsystems 1993), with an error below one unit in the last place.
 */
import { type Code, i32, procedure, repeatWhile, type Variable, vector } from '../linalg/assembler.ts';

/** Bytes of a double, of a vector, and of a coordinate of four points. */
const NUMBER = 8;
const VECTOR = 16;
const COORDINATE = 32;

/** Added to a number, this leaves it rounded to an integer plus 1023 in the lowest bits: the exponent of 2ᵐ. */
const ROUNDING = 1.5 * 2 ** 52 + 1023;

/** What is in memory at address 0. */
const TABLE = {
  zero: 0,
  one: 1,
  two: 2,
  third: 1 / 3,
  minusSixth: -1 / 6,
  jitter: 1e-9,
  /** Of Δ: e^(−B) is 3e-308 then, and still a normal number. What is farther away is taken to be here. */
  greatest: 708 ** 2,
  minusLog2E: -Math.LOG2E,
  rounding: ROUNDING,
  ln2High: 0.6931471803691238,
  ln2Low: 1.9082149292705877e-10,
  p1: 0.16666666666666602,
  p2: -0.0027777777777015593,
  p3: 6.613756321437934e-5,
  p4: -1.6533902205465252e-6,
  p5: 4.1381367970572385e-8,
};

export const CONSTANTS: readonly number[] = Object.values(TABLE);

function constant(name: keyof typeof TABLE): Code {
  return vector.loadTwice(i32.const(0), NUMBER * Object.keys(TABLE).indexOf(name));
}

/** Variables of the code below, of which those with a number are there for each of two vectors. */
const VECTORS = [
  'distance0',
  'distance1',
  'slope0',
  'slope1',
  'own',
  'root',
  'm',
  'high',
  'low',
  'r',
  'c',
  'decay',
] as const;
type Vectors = Readonly<Record<(typeof VECTORS)[number], Variable>>;

const HALVES = ['0', '1'] as const;

function advance(variable: Variable, by: number): Code {
  return variable.set(i32.add(variable.get, i32.const(by)));
}

interface Places {
  readonly z: Variable;
  readonly point: Variable;
  readonly x: Variable;
  readonly end: Variable;
  readonly size: Variable;
}

/** Runs the body for each coordinate of the group at `point`, with z's in `own`; `point` is then at the next group. */
function eachCoordinate(v: Vectors & Places, ...body: Code[]): Code[] {
  return [
    v.x.set(v.z.get),
    v.end.set(i32.add(v.point.get, v.size.get)),
    repeatWhile(
      i32.isLess(v.point.get, v.end.get),
      v.own.set(vector.loadTwice(v.x.get, 0)),
      ...body,
      advance(v.x, NUMBER),
      advance(v.point, COORDINATE),
    ),
  ];
}

/** zₖ − z′ₖ, for one of the two vectors. */
function difference(v: Vectors & Places, half: '0' | '1'): Code {
  return vector.subtract(v.own.get, vector.load(v.point.get, VECTOR * Number(half)));
}

/** Δ of the group at `point`. */
function distances(v: Vectors & Places): Code[] {
  const square = (half: '0' | '1') => [
    ...v.r.set(difference(v, half)),
    ...v[`distance${half}`].set(vector.add(v[`distance${half}`].get, vector.multiply(v.r.get, v.r.get))),
  ];
  return [
    ...HALVES.map((half) => v[`distance${half}`].set(constant('zero'))),
    ...eachCoordinate(v, ...HALVES.map(square)),
    ...HALVES.map((half) => v[`distance${half}`].set(vector.lesser(v[`distance${half}`].get, constant('greatest')))),
  ];
}

/** B, and e^(−B) in `decay`. */
function decay(v: Vectors, half: '0' | '1'): Code[] {
  const { add, subtract, multiply, divide } = vector;
  const square = v.low;
  const polynomial = ['p5', 'p4', 'p3', 'p2', 'p1'] as const;
  const horner = polynomial.map(constant).reduce((sum, next) => add(next, multiply(square.get, sum)));
  return [
    v.root.set(vector.root(add(v[`distance${half}`].get, constant('jitter')))),
    v.decay.set(add(multiply(v.root.get, constant('minusLog2E')), constant('rounding'))),
    v.m.set(subtract(v.decay.get, constant('rounding'))),
    v.high.set(subtract(subtract(constant('zero'), v.root.get), multiply(v.m.get, constant('ln2High')))),
    v.m.set(multiply(v.m.get, constant('ln2Low'))),
    v.r.set(subtract(v.high.get, v.m.get)),
    square.set(multiply(v.r.get, v.r.get)),
    v.c.set(subtract(v.r.get, multiply(square.get, horner))),
    v.c.set(divide(multiply(v.r.get, v.c.get), subtract(constant('two'), v.c.get))),
    v.c.set(subtract(constant('one'), subtract(subtract(v.m.get, v.c.get), v.high.get))),
    v.decay.set(multiply(v.c.get, vector.shiftBits(v.decay.get, i32.const(52)))),
  ];
}

/** c e^(−B): where the coordinates end, c is. */
function scaled(v: Vectors & Places): Code {
  return vector.multiply(vector.loadTwice(v.x.get, 0), v.decay.get);
}

/** 1 + B + Δ/3. */
function growth(v: Vectors, half: '0' | '1'): Code {
  const { add, multiply } = vector;
  return add(add(constant('one'), v.root.get), multiply(v[`distance${half}`].get, constant('third')));
}

/**
 * Writes covariances with groups of points. `z`: address of the point's coordinates, at least one, and of c after them;
 * `point`, `out`: of the first group and of what is written, at least a group; `last`: of the end of that; `size`: bytes of
 * a group.
 */
const covariances = procedure(
  { parameters: ['z', 'point', 'out', 'last', 'size'], integers: ['x', 'end'], vectors: VECTORS },
  (v) => {
    const write = (half: '0' | '1') => [
      ...decay(v, half).flat(),
      ...vector.store(v.out.get, VECTOR * Number(half), vector.multiply(scaled(v), growth(v, half))),
    ];
    return [
      repeatWhile(i32.isLess(v.out.get, v.last.get), ...distances(v), ...HALVES.map(write), advance(v.out, 2 * VECTOR)),
    ];
  },
);

/**
 * For groups of points with weights w: replaces w by s = −w (c/6) (1 + Δ/B) e^(−B), adds Σ s (zₖ − z′ₖ)², or Σ s (zₖ − z′ₖ), to
 * the vector of each coordinate at `sums`, and writes Σ w k after them. The numbers of a vector remain to be added.
 * `weight`, `last`: addresses of the weights, of at least a group, and of their end.
 */
function derivatives(isSquared: boolean) {
  return procedure(
    {
      parameters: ['z', 'point', 'weight', 'last', 'size', 'sums'],
      integers: ['x', 'end', 'sum'],
      vectors: [...VECTORS, 'total'],
    },
    (v) => {
      const { add, multiply, divide } = vector;
      const slope = (half: '0' | '1') => [
        ...decay(v, half).flat(),
        ...v.decay.set(multiply(scaled(v), vector.load(v.weight.get, VECTOR * Number(half)))),
        ...v.total.set(add(v.total.get, multiply(v.decay.get, growth(v, half)))),
        ...v[`slope${half}`].set(
          multiply(
            multiply(v.decay.get, constant('minusSixth')),
            add(constant('one'), divide(v[`distance${half}`].get, v.root.get)),
          ),
        ),
        ...vector.store(v.weight.get, VECTOR * Number(half), v[`slope${half}`].get),
      ];
      const term = (half: '0' | '1') => {
        const once = multiply(v[`slope${half}`].get, v.r.get);
        return [...v.r.set(difference(v, half)), ...v.c.set(add(v.c.get, isSquared ? multiply(once, v.r.get) : once))];
      };
      const sum = [
        v.c.set(vector.load(v.sum.get, 0)),
        ...HALVES.map(term),
        vector.store(v.sum.get, 0, v.c.get),
        advance(v.sum, VECTOR),
      ];
      return [
        v.total.set(constant('zero')),
        repeatWhile(
          i32.isLess(v.weight.get, v.last.get),
          ...distances(v),
          ...HALVES.map(slope),
          v.sum.set(v.sums.get),
          v.point.set(i32.subtract(v.point.get, v.size.get)),
          ...eachCoordinate(v, ...sum),
          advance(v.weight, 2 * VECTOR),
        ),
        vector.store(v.sum.get, 0, v.total.get),
      ];
    },
  );
}

export const MATERN_CODE = { covariances, squares: derivatives(true), differences: derivatives(false) };
