/** Decisions and numbers in plain words, for events, messages and logs. */
import type {
  Comparison,
  Config,
  Decision,
  PromoteDecision,
  Proposal,
  RungDecision,
  StartDecision,
} from '../../src/model.ts';
import type { Study } from '../api/study.ts';

/** Digits enough to tell two values of a metric apart. */
const DIGITS = 4;

export function numeral(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(DIGITS)));
}

export function assignment(config: Config): string {
  return Object.entries(config)
    .map(([name, value]) => `${name}=${typeof value === 'number' ? numeral(value) : value}`)
    .join(', ');
}

/** "val_error 0.41 at epoch 9 is rank 31 of 40; the cut is 0.33" */
export function comparison({ objective, resource }: Study['spec'], level: number, why: Comparison): string {
  const place = rank({ objective, resource }, level, why);
  return why.cut === undefined ? `${place}; too few to compare` : `${place}; the cut is ${numeral(why.cut)}`;
}

function rank(
  { objective, resource }: Pick<Study['spec'], 'objective' | 'resource'>,
  level: number,
  why: Comparison,
): string {
  return `${objective.metric} ${numeral(why.value)} at ${resource.name} ${level} is rank ${why.rank} of ${why.of}`;
}

/** The same, where no cut decides who goes on. */
function standing(spec: Study['spec'], { level, why }: RungDecision | PromoteDecision): string {
  return spec.algorithm?.freezeThaw ? rank(spec, level, why) : comparison(spec, level, why);
}

/** "Model: expected improvement 0.012 at epoch 9; val_error 0.31 ± 0.04 predicted there" */
function origin(spec: Study['spec'], { origin: from, proposal }: StartDecision): string {
  if (!proposal) return from;
  const { level, acquisition } = proposal;
  const why = `${from}: ${acquisitionName(spec)} ${numeral(acquisition)} at ${spec.resource.name} ${level}`;
  return `${why}${prediction(spec.objective.metric, proposal)}`;
}

function prediction(metric: string, { mean, deviation }: Proposal): string {
  if (mean === undefined || deviation === undefined) return '';
  return `; ${metric} ${numeral(mean)} ± ${Number(deviation.toPrecision(2))} predicted there`;
}

/** What the numbers of the Study's acquisition are. */
function acquisitionName({ algorithm, objective }: Study['spec']): string {
  if (algorithm?.freezeThaw) return 'expected improvement';
  const proposing = algorithm?.abohb ?? algorithm?.bayesianOptimization;
  if (!proposing) return 'good to bad density';
  switch (proposing.acquisition) {
    case 'ExpectedImprovement':
      return 'expected improvement';
    case 'ExpectedImprovementPerCost':
      return 'expected improvement per cost';
    default:
      return objective.goal === 'Minimize' ? 'lower confidence bound' : 'upper confidence bound';
  }
}

/** What was decided and why, as the end of the sentence "trial 12 …". */
export function decided(spec: Study['spec'], decision: Decision): string {
  const { name } = spec.resource;
  switch (decision.kind) {
    case 'Start':
      return `started to ${name} ${decision.until} with ${assignment(decision.config)} (${origin(spec, decision)})`;
    case 'Continue':
      return `goes on to ${name} ${decision.until}: ${comparison(spec, decision.level, decision.why)}`;
    case 'Pause':
      return `paused: ${standing(spec, decision)}`;
    case 'Promote':
      return `promoted to ${name} ${decision.until}${decision.known === undefined ? '' : ' by the model'}: ${standing(spec, decision)}`;
    case 'Stop':
      return `stopped: ${comparison(spec, decision.level, decision.why)}`;
    case 'Complete':
      return `ended at ${name} ${decision.level}`;
    case 'Fail':
      return `failed after ${name} ${decision.level}`;
  }
}
