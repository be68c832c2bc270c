/** The Study of the API → the study of the engine. */
import type * as engine from '../../src/model.ts';
import { ALGORITHM_NAMES, algorithm as algorithmSchema } from './algorithm.ts';
import type { StudySpec } from './study.ts';

/** The same list for the same list: the engine remembers spaces by it. */
const translated = new WeakMap<StudySpec['parameters'], readonly engine.Parameter[]>();

export function engineParameters(parameters: StudySpec['parameters']): readonly engine.Parameter[] {
  const known = translated.get(parameters);
  if (known) return known;
  const list = parameters.map(engineParameter);
  translated.set(parameters, list);
  return list;
}

function engineParameter(parameter: StudySpec['parameters'][number]): engine.Parameter {
  const { name, activeWhen, float, int, categorical, ordinal } = parameter;
  const named = { name, activeWhen };
  if (float) return { ...named, type: 'float', ...float };
  if (int) return { ...named, type: 'int', ...int };
  if (categorical) return { ...named, type: 'categorical', ...categorical };
  if (ordinal) return { ...named, type: 'ordinal', ...ordinal };
  throw new TypeError(`parameter ${name} has no kind: the schema demands exactly one`);
}

type AlgorithmSpec = NonNullable<StudySpec['algorithm']>;
type AlgorithmName = keyof AlgorithmSpec;
type Chosen = { [N in AlgorithmName]: { readonly type: N } & NonNullable<AlgorithmSpec[N]> }[AlgorithmName];

/** For studies that choose none. */
const DEFAULT_ALGORITHM: AlgorithmSpec = algorithmSchema.unwrap().parse({ abohb: {} });

/** The member that is there, under its name: the API's options are the engine's. */
export function engineAlgorithm(algorithm: AlgorithmSpec = DEFAULT_ALGORITHM): engine.Algorithm {
  const type = ALGORITHM_NAMES.find((name) => algorithm[name] !== undefined);
  if (type === undefined) throw new TypeError('algorithm has no member: the schema demands exactly one');
  return { type, ...algorithm[type] } as Chosen;
}

export interface Situation {
  readonly seed: number;
  /** Whether trials may be started and promoted now. */
  readonly open: boolean;
  /** How many trials were started, as the status has it. */
  readonly created?: number | undefined;
}

export function engineStudy(spec: StudySpec, { seed, open, created }: Situation): engine.Study {
  return {
    seed,
    goal: spec.objective.goal,
    resource: { min: spec.resource.min, max: spec.resource.max },
    parameters: engineParameters(spec.parameters),
    algorithm: engineAlgorithm(spec.algorithm),
    initialTrials: spec.initialTrials,
    parallelism: spec.parallelism,
    maxTrials: spec.limits.maxTrials,
    created,
    open,
  };
}
