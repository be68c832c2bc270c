/** The search space as a user writes it: a list of parameters, each of exactly one kind. */
import { z } from 'zod';
import { intOrString, mapList, type Rule, setList, shown, withRules } from './schema.ts';

interface Range {
  readonly min: number;
  readonly max: number;
}

const minBelowMax: Rule<Range> = {
  cel: 'self.min < self.max',
  message: 'min must be below max: swap or widen them',
  holds: (range) => range.min < range.max,
};

const steps = z
  .int()
  .min(2)
  .max(10_000)
  .optional()
  .describe('Only this many values, evenly spaced on the scale, both ends included.');

const float = withRules(
  z.strictObject({
    min: z.number().describe('Smallest value.'),
    max: z.number().describe('Largest value.'),
    scale: z
      .enum(['Linear', 'Log', 'ReverseLog'])
      .default('Linear')
      .describe(
        'How values are spread: Log for learning rates and other positive magnitudes (needs min above 0), ReverseLog for values close to 1 such as a momentum (needs 0 ≤ min and max below 1).',
      ),
    steps,
  }),
  minBelowMax,
  {
    // As bounds of the schema the API server would cut them to 64-bit integers.
    cel: 'self.min >= -1e300 && self.max <= 1e300',
    message: 'min and max must be within 1e300 of zero: narrow them',
    holds: ({ min, max }) => min >= -1e300 && max <= 1e300,
  },
  {
    cel: "self.scale != 'Log' || self.min > 0.0",
    message: 'scale Log needs min above 0: raise min or use scale Linear',
    holds: (f) => f.scale !== 'Log' || f.min > 0,
  },
  {
    cel: "self.scale != 'ReverseLog' || (self.min >= 0.0 && self.max < 1.0)",
    message: 'scale ReverseLog needs 0 ≤ min and max < 1: change them or use scale Linear',
    holds: (f) => f.scale !== 'ReverseLog' || (f.min >= 0 && f.max < 1),
  },
)
  .optional()
  .describe('A real number.');

const int = withRules(
  z.strictObject({
    min: z.int().describe('Smallest value.'),
    max: z.int().describe('Largest value.'),
    scale: z
      .enum(['Linear', 'Log'])
      .default('Linear')
      .describe('How values are spread: Log for sizes such as a number of units (needs min of at least 1).'),
    steps,
  }),
  minBelowMax,
  {
    cel: "self.scale != 'Log' || self.min >= 1",
    message: 'scale Log needs min of at least 1: raise min or use scale Linear',
    holds: (i) => i.scale !== 'Log' || i.min >= 1,
  },
)
  .optional()
  .describe('An integer.');

const categorical = z
  .strictObject({
    values: setList(z.string().max(253), { min: 1, max: 256 }).describe(
      'The values, as text: put numbers and booleans in quotes.',
    ),
  })
  .optional()
  .describe('One of some unordered values.');

const ordinal = withRules(
  z.strictObject({
    // No set: the API server holds a set of whole numbers to differ from itself where numbers may have fractions
    // (integers read from JSON, compared with doubles), and would refuse every write of the Study as a change.
    values: z.array(z.number()).min(2).max(128).describe('The values, in increasing order.'),
    spacing: z
      .enum(['Equal', 'Nearest', 'NearestLog'])
      .default('Equal')
      .describe(
        'How far apart neighbours are for the model: Equal, or as far as their values (Nearest) or the logarithms of their values (NearestLog, needs positive values).',
      ),
  }),
  {
    cel: 'self.values.isSorted() && self.values.all(v, self.values.indexOf(v) == self.values.lastIndexOf(v))',
    message: 'values must be in increasing order, each once: sort them and remove what is there twice',
    holds: ({ values }) => isIncreasing(values),
  },
  {
    cel: "self.spacing != 'NearestLog' || self.values.all(v, v > 0.0)",
    message: 'spacing NearestLog needs positive values: use Equal or Nearest',
    holds: ({ spacing, values }) => spacing !== 'NearestLog' || values.every((v) => v > 0),
  },
)
  .optional()
  .describe('One of some ordered numbers.');

export function isSorted(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value >= (values[i - 1] ?? value));
}

function isIncreasing(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value > (values[i - 1] ?? value));
}

const parameter = withRules(
  z.strictObject({
    name: z
      .string()
      .min(1)
      .max(63)
      .regex(
        /^[A-Za-z_][A-Za-z0-9_.-]*$/,
        'must begin with a letter and go on with letters, digits, underscores, dots and dashes',
      )
      .describe('Name, used as $(parameters.<name>) in the trial template.'),
    float,
    int,
    categorical,
    ordinal,
    activeWhen: z
      .strictObject({
        parameter: z.string().min(1).max(63).describe('Name of a parameter listed before this one.'),
        in: z.array(intOrString).min(1).max(64).describe('Values of that parameter for which this one exists.'),
      })
      .optional()
      .describe('This parameter exists only in configurations where another one has certain values.'),
  }),
  {
    cel: '[has(self.float), has(self.int), has(self.categorical), has(self.ordinal)].filter(x, x).size() == 1',
    message: {
      cel: "'parameter ' + self.name + ' needs exactly one of float, int, categorical, ordinal'",
      text: (p) => `parameter ${p.name} needs exactly one of float, int, categorical, ordinal`,
    },
    holds: (p) => [p.float, p.int, p.categorical, p.ordinal].filter((kind) => kind !== undefined).length === 1,
  },
);

export type ParameterSpec = z.output<typeof parameter>;

/**
 * CEL: the parent of parameter p is listed before it. Of the two alone, in their order, the first must be the parent.
 * Written so that the API server's cost estimate, quadratic in the number of parameters, stays within its limit.
 */
const PARENT_IS_FIRST =
  'p.activeWhen.parameter != p.name && self.filter(q, q.name == p.name || q.name == p.activeWhen.parameter)[0].name == p.activeWhen.parameter';

/** A condition refers to an earlier parameter only: unknown names and cycles cannot be written. */
export const parameters = withRules(mapList(parameter, 'name', { min: 1, max: 128 }), {
  cel: `self.all(p, !has(p.activeWhen) || (${PARENT_IS_FIRST}))`,
  message: 'activeWhen must name a parameter listed before its own: correct the name or the order',
  found: (list) => {
    const p = misplaced(list);
    return `${shown(p?.activeWhen?.parameter)} in parameter ${p?.name}`;
  },
  holds: (list) => misplaced(list) === undefined,
}).describe('The search space.');

function misplaced(list: readonly ParameterSpec[]): ParameterSpec | undefined {
  return list.find((p, i) => p.activeWhen && !list.slice(0, i).some((q) => q.name === p.activeWhen?.parameter));
}
