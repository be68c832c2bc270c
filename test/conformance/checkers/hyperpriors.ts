import {
  gammaPrior,
  type Hyperprior,
  logNormalPrior,
  normalPrior,
  uniformPrior,
} from '../../../src/kernels/hyperpriors.ts';
import { differences } from '../compare.ts';

const TOLERANCE = 1e-12;

interface Case {
  /** As in `gamma(mean=0.1,alpha=0.1)`. */
  readonly prior: string;
  readonly x: readonly number[];
  readonly neg_log_density: readonly number[];
}

const PRIORS: Readonly<Record<string, (a: number, b: number) => Hyperprior>> = {
  lognormal: logNormalPrior,
  gamma: gammaPrior,
  normal: normalPrior,
  uniform: uniformPrior,
};

/** −log density of a hyperprior. */
export function check({ prior, x, neg_log_density }: Case): string[] {
  const [, name = '', a = '', b = ''] = /^(\w+)\((?:\w+=)?([^,]+),(?:\w+=)?([^)]+)\)$/.exec(prior) ?? [];
  const make = PRIORS[name];
  if (make === undefined) return [`unknown prior ${prior}`];
  const { penalty } = make(Number(a), Number(b));
  return differences(prior, x.map(penalty), neg_log_density, TOLERANCE);
}
