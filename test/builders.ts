/** Studies and Trials for tests: valid as they come, so that a test names only what it is about. */
import { STUDY, type Study } from '../operator/api/study.ts';
import type { Attempt, Report, Trial, TrialSpec, TrialStatus } from '../operator/api/trial.ts';
import { validateStudy } from '../operator/api/validate.ts';
import { apiVersionOf } from '../operator/kube/paths.ts';
import { trialName } from '../operator/objects/trial.ts';
import { TRIAL_STATES, type TrialStateCondition } from '../operator/observe.ts';
import { startedTrial } from '../src/ledger.ts';
import type * as engine from '../src/model.ts';

/** When nothing else is said, everything happens now. */
export const NOW = '2030-01-01T00:00:00.000Z';

/** A Study as its author writes it. */
export function studyManifest(spec: Readonly<Record<string, unknown>> = {}) {
  return {
    apiVersion: apiVersionOf(STUDY),
    kind: STUDY.kind,
    metadata: { name: 'digits', namespace: 'default' },
    spec: {
      objective: { metric: 'val_error' },
      resource: { max: 9 },
      parameters: [{ name: 'lr', float: { min: 0.0001, max: 1, scale: 'Log' } }],
      limits: { maxTrials: 12 },
      parallelism: 3,
      seed: 1,
      trialTemplate: { spec: { template: { spec: { containers: [{ name: 'train', image: 'train:1' }] } } } },
      ...spec,
    },
  };
}

/** A valid Study; the given fields of the spec replace the usual ones. */
export function aStudy(spec: Readonly<Record<string, unknown>> = {}): Study {
  const validated = validateStudy(studyManifest(spec));
  if ('problems' in validated) throw new TypeError(JSON.stringify(validated.problems));
  return validated.study;
}

/** The same Study as the cluster knows it: with a uid, a generation, and this status. */
export function stored(study: Study, status?: Study['status']): Study {
  const metadata = { ...study.metadata, uid: `uid-of-${study.metadata.name}`, generation: 1 };
  return { ...study, metadata, ...(status && { status }) };
}

/** Trial n of `aStudy()`, just created; the given fields replace the usual ones. */
export function aTrial(number: number, spec: Partial<TrialSpec> = {}, status?: TrialStatus): Trial {
  const name = trialName('digits', number);
  return {
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Trial',
    metadata: { name, namespace: 'default', uid: `uid-of-${name}`, generation: 1 },
    spec: {
      study: 'digits',
      number,
      parameters: { lr: number / 100 },
      bracket: 0,
      origin: 'Random',
      until: 1,
      decisions: [{ seq: number, kind: 'Start', at: NOW }],
      ...spec,
    },
    ...(status && { status }),
  };
}

/** A Trial's status in this state; the given fields are added. */
export function trialStatus(state: TrialStateCondition, status: Partial<TrialStatus> = {}): TrialStatus {
  const last = status.observations?.at(-1);
  return {
    ...(last && { reached: last.resource, last: last.value }),
    ...status,
    conditions: TRIAL_STATES.map((type) => ({
      type,
      status: type === state ? 'True' : 'False',
      reason: state,
      message: '',
      lastTransitionTime: NOW,
    })),
  };
}

/** One report per value, at 1, 2, 3 … */
export function curve(...values: readonly number[]): readonly Report[] {
  return values.map((value, i) => ({ resource: i + 1, value, at: NOW }));
}

/** The first attempt at trial 1, under way. */
export function anAttempt(attempt: Partial<Attempt> = {}): Attempt {
  return { job: 'digits-0001-1', until: 9, from: 0, gpus: 0, trained: 0, ...attempt };
}

/** The algorithm most tests are about: one bracket with rungs at 1, 3, 9 … below the maximum. */
export function hyperband(options: Partial<engine.AsynchronousHyperband> = {}): engine.AsynchronousHyperband {
  return {
    type: 'asynchronousHyperband',
    scheduling: 'Stopping',
    reductionFactor: 3,
    brackets: 1,
    rungs: 'Shared',
    rule: 'Quantile',
    ...options,
  };
}

/** A-BOHB whose configurations are all drawn at random, to be quick. */
export function someAbohb(options: Partial<engine.Abohb> = {}): engine.Abohb {
  return {
    ...hyperband(),
    kernel: 'Matern52',
    inputWarping: false,
    acquisition: 'ExpectedImprovement',
    acquisitionLevel: 'Data',
    fantasies: 2,
    initialRandom: 1_000_000,
    maxObservations: 100,
    ...options,
    type: 'abohb',
  };
}

/** A study of the engine: open, with room for ten trials at once. */
export function anEngineStudy(study: Partial<engine.Study> = {}): engine.Study {
  return {
    seed: 1,
    goal: 'Minimize',
    resource: { min: 1, max: 9 },
    parameters: [{ name: 'lr', type: 'float', min: 0.0001, max: 1, scale: 'Log' }],
    algorithm: hyperband(),
    parallelism: 10,
    open: true,
    ...study,
  };
}

/** Trial n of the engine, started as decision n, running to the first rung. */
export function anEngineTrial(number: number, trial: Partial<engine.Trial> = {}): engine.Trial {
  const started = { kind: 'Start', seq: number, known: number - 1, trial: number, origin: 'Random' } as const;
  return { ...startedTrial({ ...started, config: { lr: number / 100 }, bracket: 0, until: 1 }), ...trial };
}

/** The trials once these decisions are on record: what they ask for has not happened yet. */
export function applied(
  trials: readonly engine.Trial[],
  decisions: readonly engine.Decision[],
): readonly engine.Trial[] {
  const known = new Map(trials.map((trial) => [trial.number, trial]));
  for (const decision of decisions) {
    const trial = known.get(decision.trial);
    if (decision.kind === 'Start') known.set(decision.trial, startedTrial(decision));
    else if (trial) known.set(decision.trial, after(trial, decision));
  }
  return [...known.values()];
}

function after(trial: engine.Trial, decision: Exclude<engine.Decision, engine.StartDecision>): engine.Trial {
  const { seq, kind, level } = decision;
  const known = kind === 'Promote' && decision.known !== undefined ? { known: decision.known } : {};
  return {
    ...trial,
    state: kind === 'Promote' ? 'Active' : trial.state,
    until: 'until' in decision ? Math.max(trial.until, decision.until) : trial.until,
    decisions: [...trial.decisions, { seq, kind, level, ...known }],
  };
}
