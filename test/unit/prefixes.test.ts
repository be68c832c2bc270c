/** A suggestion is a function of the trials: what else the process has done, or remembers, changes no bit of it. */
import { expect, test } from 'vitest';
import { Pool } from '../../operator/engine/pool.ts';
import { answerAll, type Input, type Opening, schedule } from '../../src/decide.ts';
import type { Parameter, Study } from '../../src/model.ts';
import { type AlgorithmSpec, engineAlgorithmOf, learns, SMALL_ALGORITHMS } from '../algorithms.ts';
import { anEngineStudy } from '../builders.ts';
import { aHistory } from '../history.ts';

const parameters: readonly Parameter[] = [
  { name: 'lr', type: 'float', min: 1e-4, max: 1, scale: 'Log' },
  { name: 'op', type: 'categorical', values: ['a', 'b', 'c'] },
];

interface Round {
  readonly input: Input;
  readonly openings: readonly Opening[];
}

/** Every point of a run at which trials were to be started. */
function roundsOf(study: Study): readonly Round[] {
  const prefixes = [...aHistory(study, { seed: 1, steps: 60 })];
  return prefixes.flatMap((trials) => {
    const { openings } = schedule({ study, trials });
    return openings.length === 0 ? [] : [{ input: { study, trials }, openings }];
  });
}

/** By a thread that has done nothing before. */
async function suggestedAfresh({ input, openings }: Round): Promise<unknown> {
  const pool = new Pool({ threads: 1, deadlineMs: 60_000 });
  try {
    return await pool.suggest(input, openings);
  } finally {
    await pool.close();
  }
}

const LEARNING: readonly (readonly [string, AlgorithmSpec])[] = [
  ...SMALL_ALGORITHMS.filter(([, algorithm]) => learns(algorithm)),
  ['abohb with promotion', { abohb: { scheduling: 'Promotion', initialRandom: 2, fantasies: 2 } }],
];

test.each(LEARNING)(
  '%s suggests after every prefix of a run what it suggests in a fresh thread',
  async (_, algorithm) => {
    const study = anEngineStudy({ parameters, parallelism: 3, maxTrials: 8, algorithm: engineAlgorithmOf(algorithm) });
    // From the last to the first, so that the latest fits are remembered when the first are asked for again.
    const rounds = roundsOf(study).toReversed();
    expect(rounds.length).toBeGreaterThan(2);
    for (const round of rounds) {
      const suggested = answerAll(round.input, round.openings);
      expect(await suggestedAfresh(round)).toEqual(suggested);
    }
  },
  // A new thread for every round, each with the engine to load.
  300_000,
);
