import { check as acquisition } from './checkers/acquisition.ts';
import { check as boPipeline } from './checkers/bo-pipeline.ts';
import { check as bohbKde } from './checkers/bohb-kde.ts';
import { check as bracketProbs } from './checkers/bracket-probs.ts';
import { check as defaultConfig } from './checkers/default-config.ts';
import { check as encodings } from './checkers/encodings.ts';
import { check as fitOptimum } from './checkers/fit-optimum.ts';
import { check as gpIndependent } from './checkers/gp-independent.ts';
import { check as gpPosterior } from './checkers/gp-posterior.ts';
import { check as hyperpriors } from './checkers/hyperpriors.ts';
import { check as hypertune } from './checkers/hypertune.ts';
import { check as jitter } from './checkers/jitter.ts';
import { check as kernels } from './checkers/kernels.ts';
import { check as learningCurveModels } from './checkers/learning-curve-models.ts';
import { check as resourceAcq } from './checkers/resource-acq.ts';
import { check as rungQuantile } from './checkers/rung-quantile.ts';
import { check as rungStreams } from './checkers/rung-streams.ts';
import { check as rungTopkVariant } from './checkers/rung-topk-variant.ts';
import { check as schedulerSearcherProtocol } from './checkers/scheduler-searcher-protocol.ts';
import { check as skipOptimization } from './checkers/skip-optimization.ts';
import { check as subsample } from './checkers/subsample.ts';
import { check as syncHyperbandStreams } from './checkers/sync-hyperband-streams.ts';
import { check as syncRungSystems } from './checkers/sync-rung-systems.ts';
import { check as transforms } from './checkers/transforms.ts';

/** Runs one case and returns what differs from it. */
export type Checker = (data: never) => string[];

/** By the name in a file's `fixture` field. */
export const CHECKERS: ReadonlyMap<string, Checker> = new Map<string, Checker>([
  ['bracket_probs', bracketProbs],
  ['default_config', defaultConfig],
  ['encodings', encodings],
  ['kernels', kernels],
  ['hyperpriors', hyperpriors],
  ['transforms', transforms],
  ['jitter', jitter],
  ['gp_posterior', gpPosterior],
  ['gp_independent', gpIndependent],
  ['fit_optimum', fitOptimum],
  ['acquisition', acquisition],
  ['learning_curve_models', learningCurveModels],
  ['bo_pipeline', boPipeline],
  ['resource_acq', resourceAcq],
  ['skip_optimization', skipOptimization],
  ['subsample', subsample],
  ['bohb_kde', bohbKde],
  ['hypertune', hypertune],
  ['rung_quantile', rungQuantile],
  ['rung_streams', rungStreams],
  ['rung_streams_variants', rungStreams],
  ['rung_topk_variant', rungTopkVariant],
  ['scheduler_searcher_protocol', schedulerSearcherProtocol],
  ['sync_hyperband_streams', syncHyperbandStreams],
  ['sync_rung_systems', syncRungSystems],
]);
