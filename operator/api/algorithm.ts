/** The algorithms a Study can choose from, one member of `algorithm` each. */
import { z } from 'zod';
import { ACQUISITIONS } from '../../src/acquisition/registry.ts';
import { JOINT_KERNELS } from '../../src/kernels/registry.ts';
import { HALVING_RULES, halving, passing, reductionFactor } from './halving.ts';
import { withRules } from './schema.ts';

/** When a model's hyperparameters are fitted again. */
const refit = withRules(
  z.strictObject({
    // Not as a bound of the schema, which has to be an integer.
    growth: withRules(z.number().max(10), {
      cel: 'self >= 0.05',
      message: 'growth must be at least 0.05: raise it, or use period',
      holds: (share) => share >= 0.05,
    })
      .optional()
      .describe('When there are this share more observations than at the last fit, starting from that fit.'),
    period: z
      .strictObject({
        always: z.int().min(1).max(100_000).default(150).describe('Up to so many observations, at each new one.'),
        every: z.int().min(1).max(100_000).default(10).describe('Beyond, at every so-manieth.'),
      })
      .optional()
      .describe('By numbers of observations, as the reference implementation of A-BOHB does.'),
  }),
  {
    cel: 'has(self.growth) != has(self.period)',
    message: 'refit needs exactly one of growth, period',
    holds: ({ growth, period }) => (growth === undefined) !== (period === undefined),
  },
)
  .optional()
  .describe(
    "When the model's hyperparameters are fitted again, by the number of observations; in between they are kept, which saves time. When absent, often while there are few and ever more rarely.",
  );

const acquisition = z
  .enum(namesOf(ACQUISITIONS))
  .describe(
    'What makes a configuration promising: the improvement to be expected over the best; that, divided by how long training the configuration takes, predicted from the trials so far; or how good the metric may be, within confidence.',
  );

const worstValues = z
  .enum(['Kept', 'Clipped'])
  .describe(
    'Clipped: the model takes no value to be further above the median than the best is below it (the other way round to maximize), so that it tells the good ones apart.',
  );

/** How a Gaussian process proposes configurations. */
const proposing = {
  bandwidths: z
    .enum(['PerParameter', 'PerCoordinate'])
    .default('PerParameter')
    .describe(
      'How the model tells which parameters matter. PerParameter: one bandwidth for each, expected to suit its range. PerCoordinate: as in the paper, one for each number and each value of a choice, with no expectation.',
    ),
  inputWarping: z
    .boolean()
    .default(false)
    .describe('Whether the model learns on which scale each number matters (Kumaraswamy warping).'),
  acquisition: acquisition.default('ExpectedImprovement'),
  confidence: z
    .number()
    .min(0)
    .max(100)
    .default(1)
    .describe('Of LowerConfidenceBound: how many standard deviations better than predicted a configuration may be.'),
  costExponent: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'Of ExpectedImprovementPerCost: how much cost counts, from 0 (not at all) to 1 (half the time makes up for half the improvement).',
    ),
  fantasies: z
    .int()
    .min(0)
    .max(200)
    .default(20)
    .describe('How many draws stand for the outcome of each trial under way; 0 leaves trials under way out.'),
  initialRandom: z
    .int()
    .min(1)
    .max(1000)
    .describe('So many different configurations are tried before the first from the model.'),
  maxObservations: z
    .int()
    .min(10)
    .max(5000)
    .default(500)
    .describe('With more observations than this the model sees a part of them.'),
  worstValues: worstValues.default('Kept'),
  refit,
};

const abohb = withRules(
  z.strictObject({
    ...halving,
    passing: passing.default(0.17),
    bracketDistribution: z
      .enum(['Hyperband', 'Learned'])
      .default('Hyperband')
      .describe(
        'How often each bracket gets a new trial. Hyperband: so that brackets get about the same resource. Learned: by how well the level it starts at tells good configurations from bad, for what that level costs (Hyper-Tune).',
      ),
    kernel: z
      .enum(namesOf(JOINT_KERNELS))
      .default('ExpDecaySum')
      .describe('Covariance of the Gaussian process over configuration and resource.'),
    ensemble: z
      .boolean()
      .default(false)
      .describe(
        'Whether all resource levels predict together, each as far as it tells good configurations from bad (Hyper-Tune); needs kernel IndependentPerLevel.',
      ),
    ...proposing,
    acquisition: acquisition.default('ExpectedImprovementPerCost'),
    worstValues: worstValues.default('Clipped'),
    initialRandom: proposing.initialRandom.default(6),
    acquisitionLevel: z
      .enum(['Data', 'First', 'Final'])
      .default('Data')
      .describe(
        'At which resource level configurations are compared: the highest with enough observations, the first of the new trial, or the maximum.',
      ),
    observations: z
      .enum(['Rungs', 'RungsAndLast', 'All'])
      .default('RungsAndLast')
      .describe(
        'What the model sees of a trial, up to the last rung it was judged at: the observations at all rungs, or those at the rungs of its bracket and its last one, or every one.',
      ),
    pending: z
      .enum(['NextRung', 'NextUnit', 'EveryUnit'])
      .default('NextRung')
      .describe(
        'Where the model takes a running trial to be evaluated: at its next rung, at the next unit of resource, or at every unit up to its next rung, which takes the model longer.',
      ),
  }),
  {
    cel: "!self.ensemble || self.kernel == 'IndependentPerLevel'",
    message: 'ensemble needs kernel IndependentPerLevel: set it, or leave ensemble out',
    holds: ({ ensemble, kernel }) => !ensemble || kernel === 'IndependentPerLevel',
    found: ({ kernel }) => kernel,
  },
  ...HALVING_RULES,
)
  .optional()
  .describe(
    'A-BOHB: configurations from a Gaussian process over configuration and resource, losers stopped by asynchronous Hyperband.',
  );

const asynchronousHyperband = withRules(z.strictObject(halving), ...HALVING_RULES)
  .optional()
  .describe('Random configurations, losers stopped early: asynchronous successive halving (ASHA) and Hyperband.');

const bayesianOptimization = z
  .strictObject({ ...proposing, initialRandom: proposing.initialRandom.default(3) })
  .optional()
  .describe('Configurations from a Gaussian process, each trained to the maximum.');

const bohb = z
  .strictObject({
    scheduling: z
      .enum(['Synchronous', 'Stopping', 'Promotion'])
      .default('Synchronous')
      .describe('Synchronous: rungs of fixed size. Stopping, Promotion: as in asynchronousHyperband.'),
    reductionFactor,
    brackets: z
      .int()
      .min(1)
      .max(20)
      .optional()
      .describe('How many brackets; when absent, all there are, or one where scheduling is asynchronous.'),
  })
  .optional()
  .describe('Hyperband with configurations from kernel density estimates of good and bad ones (BOHB).');

const freezeThaw = z
  .strictObject({
    quantum: z
      .int()
      .min(1)
      .max(1e9)
      .optional()
      .describe('After so much more resource a trial pauses; a twentieth of resource.max when absent.'),
    initialRandom: proposing.initialRandom.default(6),
    fantasies: proposing.fantasies.default(10),
    maxObservations: proposing.maxObservations,
  })
  .optional()
  .describe(
    'Freeze-thaw: every trial pauses after each quantum of training, and a model of the learning curves says which goes on, or which new configuration is started.',
  );

const hyperband = z
  .strictObject({
    reductionFactor,
    brackets: z
      .int()
      .min(1)
      .max(20)
      .optional()
      .describe('How many kinds of brackets take turns, those with the most trials first; all there are when absent.'),
  })
  .optional()
  .describe(
    'Random configurations in rungs of fixed size: when all trials of a rung are there, the best go on (synchronous Hyperband).',
  );

const randomSearch = z
  .strictObject({})
  .optional()
  .describe('Random configurations, each trained to the maximum: the baseline.');

const regularizedEvolution = z
  .strictObject({
    population: z.int().min(2).max(1000).default(100).describe('How many of the latest results take part.'),
    sample: z.int().min(1).max(1000).default(10).describe('How many of them are drawn to find a parent: its best.'),
  })
  .optional()
  .describe(
    'Mutations of good configurations, each trained to the maximum; random ones until the population is there.',
  );

const members = {
  abohb,
  asynchronousHyperband,
  bayesianOptimization,
  bohb,
  freezeThaw,
  hyperband,
  randomSearch,
  regularizedEvolution,
};

/** What `algorithm` can choose from. */
export const ALGORITHM_NAMES = namesOf(members);

export const algorithm = withRules(z.strictObject(members), {
  cel: `[${ALGORITHM_NAMES.map((name) => `has(self.${name})`).join(', ')}].filter(x, x).size() == 1`,
  message: `algorithm needs exactly one of ${ALGORITHM_NAMES.join(', ')}`,
  holds: (a) => Object.values(a).filter((member) => member !== undefined).length === 1,
})
  .optional()
  .describe('How configurations are proposed and losers found out; abohb with its defaults when absent.');

function namesOf<N extends string>(named: Readonly<Record<N, unknown>>): readonly N[] {
  return Object.keys(named) as N[];
}
