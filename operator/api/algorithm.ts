/** The algorithms a Study can choose from, one member of `algorithm` each. */
import { z } from 'zod';
import { isSorted } from './parameters.ts';
import { setList, withRules } from './schema.ts';

const asynchronousHyperband = z
  .strictObject({
    scheduling: z
      .enum(['Stopping', 'Promotion'])
      .default('Stopping')
      .describe(
        'Stopping: a trial runs on and is stopped when it falls behind. Promotion: a trial ends at each rung, frees its GPU, and a new Job continues it when it is promoted.',
      ),
    // Not as a bound of the schema: the API server holds the integer 1 to be at least 1.5.
    reductionFactor: withRules(z.number().max(10), {
      cel: 'self >= 1.5',
      message: 'reductionFactor must be at least 1.5: raise it',
      holds: (eta) => eta >= 1.5,
    })
      .default(3)
      .describe('eta: about one trial in eta passes each rung, and the next rung is eta times higher.'),
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
      .enum(['Quantile', 'TopK'])
      .default('Quantile')
      .describe(
        'Who passes a rung: Quantile compares with an interpolated quantile, TopK takes the best 1/eta as the ASHA paper does.',
      ),
    rungLevels: withRules(setList(z.int().min(1).max(1e9), { min: 1, max: 20 }), {
      cel: 'self.isSorted()',
      message: 'rungLevels must be in increasing order: sort them',
      holds: isSorted,
    })
      .optional()
      .describe('Explicit rung levels below resource.max, instead of min · etaᵏ.'),
  })
  .optional()
  .describe('Random configurations, losers stopped early: asynchronous successive halving (ASHA) and Hyperband.');

const randomSearch = z
  .strictObject({})
  .optional()
  .describe('Random configurations, each trained to the maximum: the baseline.');

export const algorithm = withRules(z.strictObject({ asynchronousHyperband, randomSearch }), {
  cel: '[has(self.asynchronousHyperband), has(self.randomSearch)].filter(x, x).size() == 1',
  message: 'algorithm needs exactly one of asynchronousHyperband, randomSearch',
  holds: (a) => Object.values(a).filter((member) => member !== undefined).length === 1,
})
  .optional()
  .describe('How configurations are proposed and losers found out; asynchronousHyperband when absent.');
