import { describe, expect, test } from 'vitest';
import { anEngineStudy, anEngineTrial, someAbohb } from '../../test/builders.ts';
import type { Observation, Study, Trial } from '../model.ts';
import { stream } from '../rng.ts';
import { createSpace } from '../space/space.ts';
import { placement } from './placement.ts';

const study = anEngineStudy({
  algorithm: someAbohb({ brackets: 3, bracketDistribution: 'Learned' }),
  parameters: [{ name: 'x', type: 'float', min: 0, max: 1, scale: 'Linear' }],
});

/** The metric of configuration x at a level. */
type Curve = (x: number, level: number) => number;

const wave = (x: number) => Math.sin(6 * x);

/** Trials that reached these levels, one each, all having reported at the levels below. */
function trials(reached: readonly number[], curve: Curve): readonly Trial[] {
  const rng = stream(5, 'configurations', 0);
  return reached.map((last, i): Trial => {
    const x = rng.uniform();
    const observations = [1, 3, 9]
      .filter((level) => level <= last)
      .map((resource): Observation => ({ resource, value: curve(x, resource), at: 100 * i + resource }));
    return anEngineTrial(i + 1, { config: { x }, observations, state: last === 9 ? 'Completed' : 'Stopped' });
  });
}

const many = [1, 3, 3, 1, 9, 3, 1, 3, 9, 3, 1, 9, 3, 1, 9, 3, 1, 9, 3, 9, 3, 9, 3, 9];

/** Brackets of trials 100 to 199, of requests that drew bracket 1. */
function placed(known: readonly Trial[], own: Study = study): readonly number[] {
  const place = placement({ study: own, space: createSpace(own.parameters), trials: known });
  return Array.from({ length: 100 }, (_, i) => place({ number: 100 + i, bracket: 1, until: 3 }).bracket);
}

const share = (brackets: readonly number[], bracket: number): number =>
  brackets.filter((own) => own === bracket).length / brackets.length;

describe('a new trial', () => {
  test('goes to the lowest bracket where the first level already tells what the last will', () => {
    expect(share(placed(trials(many, (x) => wave(x))), 0)).toBeGreaterThan(0.5);
  });

  test('never goes to a bracket whose first level misleads', () => {
    expect(share(placed(trials(many, (x, level) => (level === 1 ? -wave(x) : wave(x)))), 0)).toBe(0);
  });

  test('may run to the first rung of its bracket', () => {
    const space = createSpace(study.parameters);
    const place = placement({ study, space, trials: trials(many, (x) => wave(x)) });
    for (let number = 1; number < 20; number++) {
      const { bracket, until } = place({ number, bracket: 2, until: 9 });
      expect(until).toBe([1, 3, 9][bracket]);
    }
  });

  test('stays in the drawn bracket while too little is known', () => {
    const few = trials([1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3], (x) => wave(x));
    expect(share(placed(few), 1)).toBe(1);
    expect(share(placed([]), 1)).toBe(1);
  });

  test('stays in the drawn bracket where nothing is to be learned', () => {
    const known = trials(many, (x) => wave(x));
    expect(share(placed(known, { ...study, algorithm: someAbohb({ brackets: 3 }) }), 1)).toBe(1);
  });

  test('is placed by what was known at the last observation of the highest level', () => {
    const known = trials(many, (x) => wave(x));
    const later = anEngineTrial(50, { config: { x: 0.5 }, observations: [{ resource: 1, value: 9, at: 1e6 }] });
    expect(placed([...known, later])).toEqual(placed(known));
  });

  test('is placed all the same where curves report more rarely than there are rungs', () => {
    const known = trials(many, (x) => wave(x));
    const rare = known.map((trial) => ({
      ...trial,
      observations: trial.observations.map((own) => ({ ...own, resource: Math.min(9, own.resource + 1) })),
    }));
    expect(share(placed(rare), 0)).toBeGreaterThan(0.5);
  });
});
