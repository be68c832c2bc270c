import { describe, expect, test } from 'vitest';
import { anEngineStudy, anEngineTrial } from '../../test/builders.ts';
import type { Trial } from '../model.ts';
import { stream } from '../rng.ts';
import { createSpace } from '../space/space.ts';
import { createSearcher } from './searcher.ts';

const algorithm = { type: 'bohb', scheduling: 'Synchronous', reductionFactor: 3 } as const;
const study = anEngineStudy({ algorithm, initialTrials: [] });
const space = createSpace(study.parameters);

/** Trials judged at level 1: the nearer to the geometric middle, the better. */
function judged(count: number): readonly Trial[] {
  const rng = stream(5, 'configurations', 0);
  return Array.from({ length: count }, (_, i) => {
    const config = space.sample(rng);
    const value = Math.abs(Math.log10(Number(config['lr'])) + 2);
    const seq = 2 * i + 1;
    const decisions = [
      { seq, kind: 'Start' as const },
      { seq: seq + 1, kind: 'Pause' as const, level: 1 },
    ];
    return anEngineTrial(i + 1, { config, state: 'Paused', observations: [{ resource: 1, value, at: i }], decisions });
  });
}

const suggestions = (trials: readonly Trial[]) =>
  Array.from({ length: 60 }, (_, i) =>
    createSearcher(algorithm).suggest({ study, space, trials, number: 100 + i, until: 1 }),
  );

describe('BOHB', () => {
  test('draws at random while there is too little to model', () => {
    expect(new Set(suggestions(judged(3)).map((suggestion) => suggestion?.origin))).toEqual(new Set(['Random']));
  });

  test('proposes mostly where good configurations are, and a third at random', () => {
    const all = suggestions(judged(40));
    const modelled = all.filter((suggestion) => suggestion?.origin === 'Model');
    expect(modelled.length).toBeGreaterThan(30);
    expect(modelled.length).toBeLessThan(50);
    const far = modelled.filter((suggestion) => Math.abs(Math.log10(Number(suggestion?.config['lr'])) + 2) > 0.7);
    expect(far.length).toBeLessThan(5);
  });

  test('chooses among candidates where it is given some', () => {
    const candidates = [{ lr: 0.9 }, { lr: 0.01 }];
    const occasion = { study, space, trials: judged(40), until: 1, candidates };
    const chosen = Array.from({ length: 20 }, (_, i) => createSearcher(algorithm).suggest({ ...occasion, number: i }));
    const modelled = chosen.filter((suggestion) => suggestion?.origin === 'Model');
    expect(modelled.length).toBeGreaterThan(5);
    for (const suggestion of modelled) expect(suggestion?.config).toBe(candidates[1]);
  });

  test('says how much likelier a proposal is among good configurations, and of which level', () => {
    for (const suggestion of suggestions(judged(40)).filter((own) => own?.origin === 'Model')) {
      expect(suggestion?.proposal).toEqual({ level: 1, acquisition: expect.any(Number) });
      expect(suggestion?.proposal?.acquisition).toBeGreaterThan(1);
    }
  });
});
