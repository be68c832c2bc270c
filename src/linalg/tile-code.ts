/**
 * The inner loops of dense algebra, for WebAssembly. Layout and notation: tiles.ts.
 *
 * Sixteen sums stay in registers as eight pairs, two rows each; a pair of numbers read serves in four of them. Every
 * entry takes its products one after the other in the order of k, multiplied and then subtracted: the same bits as the
 * plain loop over k gives.
 */
import { type Code, call, i32, procedure, repeatWhile, type Variable, vector, when } from './assembler.ts';

/** Bytes of a tile, of its columns, of a double. */
const TILE = 128;
const COLUMN = 32;
const NUMBER = 8;

/** The places of procedures in the module. */
const SUBTRACT = 0;
const SUBSTITUTE_ONE = 1;

const COLUMNS = [0, 1, 2, 3];
const HALVES = [0, 1];

/** A tile in registers: pairs of rows of column 0, of column 1 and so on. */
const PAIRS = ['p00', 'p01', 'p10', 'p11', 'p20', 'p21', 'p30', 'p31'] as const;

type Pairs = Readonly<Record<(typeof PAIRS)[number], Variable>>;

function pair(variables: Pairs, column: number, half: number): Variable {
  return variables[PAIRS[2 * column + half] as (typeof PAIRS)[number]];
}

function eachPair(make: (column: number, half: number) => Code): Code {
  return COLUMNS.flatMap((column) => HALVES.flatMap((half) => make(column, half)));
}

function load(variables: Pairs, address: Code): Code {
  return eachPair((column, half) =>
    pair(variables, column, half).set(vector.load(address, column * COLUMN + half * (COLUMN / 2))),
  );
}

function store(variables: Pairs, address: Code): Code {
  return eachPair((column, half) =>
    vector.store(address, column * COLUMN + half * (COLUMN / 2), pair(variables, column, half).get),
  );
}

function takeProduct(sum: Variable, x: Variable, factor: Variable): Code {
  return sum.set(vector.subtract(sum.get, vector.multiply(x.get, factor.get)));
}

function advance(variable: Variable, by: Code): Code {
  return variable.set(i32.add(variable.get, by));
}

/**
 * C ← C − A Bᵀ, tile by tile. `c`, `a`, `b`: addresses of the first tiles; `depth`: bytes of A's panels to be used, more
 * than 0; `rows`: panels of A; `first`: tiles of C, and panels of B, in the first panel, one more in each one after it,
 * up to `columns`; `step`: bytes of a panel.
 */
const subtract = procedure(
  {
    parameters: ['c', 'a', 'b', 'depth', 'rows', 'first', 'columns', 'step'],
    integers: ['tile', 'x', 'y', 'left', 'end'],
    vectors: [...PAIRS, 'low', 'high', 'factor'],
  },
  (v) => {
    const takeProducts = (k: number): Code => [
      ...v.low.set(vector.load(v.x.get, k * COLUMN)),
      ...v.high.set(vector.load(v.x.get, k * COLUMN + COLUMN / 2)),
      ...COLUMNS.flatMap((column) => [
        ...v.factor.set(vector.loadTwice(v.y.get, k * COLUMN + column * NUMBER)),
        ...takeProduct(pair(v, column, 0), v.low, v.factor),
        ...takeProduct(pair(v, column, 1), v.high, v.factor),
      ]),
    ];
    const oneTile = [
      load(v, v.tile.get),
      v.x.set(v.a.get),
      repeatWhile(
        i32.isLess(v.x.get, v.end.get),
        ...COLUMNS.map(takeProducts),
        advance(v.x, i32.const(TILE)),
        advance(v.y, i32.const(TILE)),
      ),
      store(v, v.tile.get),
    ];
    const onePanel = [
      v.tile.set(v.c.get),
      v.y.set(v.b.get),
      v.left.set(v.first.get),
      v.end.set(i32.add(v.a.get, v.depth.get)),
      repeatWhile(
        v.left.get,
        ...oneTile,
        advance(v.tile, i32.const(TILE)),
        advance(v.y, i32.subtract(v.step.get, v.depth.get)),
        advance(v.left, i32.const(-1)),
      ),
    ];
    return [
      repeatWhile(
        v.rows.get,
        ...onePanel,
        advance(v.first, i32.isLess(v.first.get, v.columns.get)),
        advance(v.a, v.step.get),
        advance(v.c, v.step.get),
        advance(v.rows, i32.const(-1)),
      ),
    ];
  },
);

/** X ← X L⁻ᵀ for the tile at `x`. `l`: address of a lower triangular tile. */
const substituteOne = procedure({ parameters: ['x', 'l'], integers: [], vectors: [...PAIRS, 'factor'] }, (v) => {
  const entry = (row: number, column: number) => vector.loadTwice(v.l.get, column * COLUMN + row * NUMBER);
  const solve = (unknown: number): Code => [
    ...COLUMNS.slice(0, unknown).flatMap((k) => [
      ...v.factor.set(entry(unknown, k)),
      ...HALVES.flatMap((half) => takeProduct(pair(v, unknown, half), pair(v, k, half), v.factor)),
    ]),
    ...v.factor.set(entry(unknown, unknown)),
    ...HALVES.flatMap((half) => {
      const x = pair(v, unknown, half);
      return x.set(vector.divide(x.get, v.factor.get));
    }),
  ];
  return [load(v, v.x.get), ...COLUMNS.map(solve), store(v, v.x.get)];
});

/**
 * X ← X L⁻ᵀ, panel by panel. `x`, `l`: addresses of the first tiles of X and of L; `rows`: panels of X; `columns`: tiles of
 * each, at least 1; `step`: bytes of a panel.
 */
const substitute = procedure(
  { parameters: ['x', 'l', 'rows', 'columns', 'step'], integers: ['tile', 'row', 'left', 'depth'], vectors: [] },
  (v) => {
    const diagonal = i32.add(v.row.get, v.depth.get);
    const one = i32.const(1);
    return [
      repeatWhile(
        v.rows.get,
        v.row.set(v.l.get),
        v.depth.set(i32.const(0)),
        v.left.set(v.columns.get),
        repeatWhile(
          v.left.get,
          v.tile.set(i32.add(v.x.get, v.depth.get)),
          when(v.depth.get, call(SUBTRACT, v.tile.get, v.x.get, v.row.get, v.depth.get, one, one, one, v.step.get)),
          call(SUBSTITUTE_ONE, v.tile.get, diagonal),
          advance(v.depth, i32.const(TILE)),
          advance(v.row, v.step.get),
          advance(v.left, i32.const(-1)),
        ),
        advance(v.x, v.step.get),
        advance(v.rows, i32.const(-1)),
      ),
    ];
  },
);

export const TILE_CODE = { subtract, substituteOne, substitute };
