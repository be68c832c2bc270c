/** How far trials run: the options that asynchronous Hyperband and A-BOHB share, and what rules combine them. */
import { z } from 'zod';
import { isSorted } from './parameters.ts';
import { type Rule, setList, withRules } from './schema.ts';

// Not as a bound of the schema: the API server holds the integer 1 to be at least 1.5.
export const reductionFactor = withRules(z.number().max(10), {
  cel: 'self >= 1.5',
  message: 'reductionFactor must be at least 1.5: raise it',
  holds: (eta) => eta >= 1.5,
})
  .default(3)
  .describe('eta: about one trial in eta passes each rung, and the next rung is eta times higher.');

// For the same reason a rule, not a bound.
export const passing = withRules(z.number().max(1), {
  cel: 'self >= 0.01',
  message: 'passing must be at least 0.01: raise it',
  holds: (share) => share >= 0.01,
}).describe(
  'About this share of trials passes each rung; when absent, the quotient of its level and the next one, which is 1/reductionFactor. Fewer leave more time for other configurations.',
);

/** How trials are compared at rungs, and how far they run. */
export const halving = {
  scheduling: z
    .enum(['Stopping', 'Promotion'])
    .default('Stopping')
    .describe(
      'Stopping: a trial runs on and is stopped when it falls behind. Promotion: a trial ends at each rung, frees its GPU, and a new Job continues it when it is promoted.',
    ),
  reductionFactor,
  passing: passing.optional(),
  brackets: z
    .int()
    .min(1)
    .max(20)
    .default(1)
    .describe(
      'How many brackets: trials of bracket s skip the lowest s rungs, which guards against misleading early values.',
    ),
  rungs: z
    .enum(['Shared', 'PerBracket'])
    .default('Shared')
    .describe('Whether trials compete with all others at a rung, or with those of their bracket only.'),
  rule: z
    .enum(['Quantile', 'TopK', 'CostAware', 'Latest'])
    .default('Quantile')
    .describe(
      'Who passes a rung: Quantile compares with an interpolated quantile, TopK takes the best 1/eta as the ASHA paper does, CostAware (with scheduling Promotion) the best that together took no more than 1/eta of the time all trials took to get there, Latest compares with the quantile of the latest nine.',
    ),
  thresholds: z
    .enum(['None', 'InitialTrials'])
    .default('None')
    .describe(
      'InitialTrials: who passes a rung must also be as good as the best of initialTrials that passed it (RUSH). For initialTrials known to be good.',
    ),
  maxResource: z
    .enum(['Fixed', 'Growing'])
    .default('Fixed')
    .describe(
      'Growing (with scheduling Promotion and one bracket): trials are promoted to the second rung only, and further once neighbouring rungs rank their trials differently (PASHA). Few or no trials reach resource.max then.',
    ),
  rungLevels: withRules(setList(z.int().min(1).max(1e9), { min: 1, max: 20 }), {
    cel: 'self.isSorted()',
    message: 'rungLevels must be in increasing order: sort them',
    holds: isSorted,
  })
    .optional()
    .describe('Explicit rung levels below resource.max, instead of min · etaᵏ.'),
};

interface Combined {
  readonly scheduling: string;
  readonly brackets: number;
  readonly rule: string;
  readonly maxResource: string;
}

const promotes: Rule<Combined> = {
  cel: "self.rule != 'CostAware' || self.scheduling == 'Promotion'",
  message: 'rule CostAware needs scheduling Promotion: set it or choose another rule',
  holds: ({ rule, scheduling }) => rule !== 'CostAware' || scheduling === 'Promotion',
  found: ({ scheduling }) => `scheduling ${scheduling}`,
};

const grows: Rule<Combined> = {
  cel: "self.maxResource != 'Growing' || (self.scheduling == 'Promotion' && self.brackets == 1)",
  message: 'maxResource Growing needs scheduling Promotion and brackets 1: set them or leave maxResource out',
  holds: (own) => own.maxResource !== 'Growing' || (own.scheduling === 'Promotion' && own.brackets === 1),
  found: ({ scheduling, brackets }) => `scheduling ${scheduling}, brackets ${brackets}`,
};

export const HALVING_RULES = [promotes, grows] as const;
