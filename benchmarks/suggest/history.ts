/** A study that has come so far: trials with observations, and trials under way. */
import type { Algorithm, Config, Observation, Parameter, Recorded, Study, Trial } from '../../src/model.ts';
import { stream } from '../../src/rng.ts';
import type { Occasion } from '../../src/searching/searcher.ts';
import { createSpace } from '../../src/space/space.ts';
import { MAX_RESOURCE, observe } from './objective.ts';

export interface Situation {
  readonly parameters: readonly Parameter[];
  /** How many observations there are, over all trials. */
  readonly observations: number;
  /** How many trials are under way. */
  readonly pending: number;
  /** Where trials are observed. */
  readonly levels: readonly number[];
  /** Which share of trials goes on to the next level. */
  readonly passing: number;
  readonly seed: number;
}

export function studyOf({ parameters, pending, seed }: Situation, algorithm: Algorithm): Study {
  return {
    seed,
    goal: 'Minimize',
    resource: { min: 1, max: MAX_RESOURCE },
    parameters,
    algorithm,
    initialTrials: [],
    parallelism: pending + 1,
    open: true,
  };
}

/** A slot is free: what is to be suggested then. With fewer observations the same history, less far. */
export function occasionOf(situation: Situation, algorithm: Algorithm): Occasion {
  const trials = trialsOf(situation);
  const space = createSpace(situation.parameters);
  return {
    study: studyOf(situation, algorithm),
    space,
    trials,
    number: trials.length + 1,
    until: firstLevel(situation),
  };
}

/** Those with observations first, then those under way. */
export function trialsOf(situation: Situation): readonly Trial[] {
  const trials: Trial[] = [];
  const configs = newConfigs(situation);
  let left = situation.observations;
  let seq = 0;
  while (left > 0) {
    const trial = observedTrial(situation, { number: trials.length + 1, config: configs(), left, seq });
    left -= trial.observations.length;
    seq += trial.decisions.length;
    trials.push(trial);
  }
  for (let i = 0; i < situation.pending; i++) {
    const number = trials.length + 1;
    seq += 1;
    const decisions = [{ seq, kind: 'Start', known: seq - 1 }] as const;
    const until = firstLevel(situation);
    trials.push({ number, config: configs(), bracket: 0, until, state: 'Active', observations: [], decisions });
  }
  return trials;
}

function firstLevel({ levels }: Situation): number {
  return levels[0] ?? MAX_RESOURCE;
}

/** Random ones, each different from those before. */
function newConfigs({ parameters, seed }: Situation): () => Config {
  const space = createSpace(parameters);
  const rng = stream(seed, 'configurations', 0);
  const used = new Set<string>();
  return () => {
    for (;;) {
      const config = space.sample(rng);
      if (used.has(space.key(config))) continue;
      used.add(space.key(config));
      return config;
    }
  };
}

interface Begun {
  readonly number: number;
  readonly config: Config;
  /** At most so many observations. */
  readonly left: number;
  /** Of the last decision so far. */
  readonly seq: number;
}

/** Stopped at the last level it was observed at, or completed. */
function observedTrial({ parameters, levels, passing, seed }: Situation, { number, config, left, seq }: Begun): Trial {
  const rng = stream(seed, 'trial', number);
  let count = 1;
  while (count < levels.length && rng.uniform() < passing) count += 1;
  const reached = levels.slice(0, Math.min(count, left));
  const observations = reached.map((resource, i): Observation => {
    return { resource, ...observe(parameters, { config, resource }, rng), at: 1000 * (seq + i + 1) };
  });
  const until = reached.at(-1) ?? MAX_RESOURCE;
  const isCompleted = until === MAX_RESOURCE;
  const last = isCompleted ? 'Complete' : 'Stop';
  const decisions: Recorded[] = [
    { seq: seq + 1, kind: 'Start', known: seq },
    ...reached.map((level, i) => ({ seq: seq + 2 + i, kind: level === until ? last : 'Continue', level }) as const),
  ];
  return { number, config, bracket: 0, until, state: isCompleted ? 'Completed' : 'Stopped', observations, decisions };
}
