import { describe, expect, test } from 'vitest';
import type { Trial } from '../../src/model.ts';
import { anEngineStudy, anEngineTrial } from '../../test/builders.ts';
import { settle } from '../runtime/testing/fake-clock.ts';
import { noTelemetry } from '../telemetry.ts';
import { type Suggest, type Suggested, Suggester } from './suggester.ts';

const opening = (number: number) => ({ number, bracket: 0, until: 1 });
const suggested = (trial: number): Suggested => ({
  kind: 'Start',
  known: 0,
  trial,
  bracket: 0,
  until: 1,
  config: { lr: 0.1 },
  origin: 'Random',
});

/** Someone who asks for openings of one study, and what was asked of the engine. */
function asking(suggest: Suggest) {
  const asked: number[][] = [];
  const settled: string[] = [];
  const suggester = new Suggester({
    suggest: (input, openings) => {
      asked.push(openings.map(({ number }) => number));
      return suggest(input, openings);
    },
    onSettled: (key) => settled.push(key),
    clock: { now: () => 0 },
    telemetry: noTelemetry,
  });
  const take = (numbers: readonly number[], uid = 'u1', trials: readonly Trial[] = []) =>
    suggester.take('lab/digits', {
      uid,
      input: { study: anEngineStudy(), trials },
      openings: numbers.map(opening),
    });
  return { asked, settled, take };
}

const all: Suggest = async (_, openings) => openings.map(({ number }) => suggested(number));

describe('suggestions', () => {
  test('are asked for once, and handed over when they are there', async () => {
    const { asked, settled, take } = asking(all);
    expect([take([1, 2]), take([1, 2])]).toEqual([undefined, undefined]);
    await settle();
    expect(settled).toEqual(['lab/digits']);
    expect(take([1, 2])).toEqual({ suggestions: [suggested(1), suggested(2)], isExhausted: false });
    expect(asked).toEqual([[1, 2]]);
  });

  test('still serve when more slots have become free', async () => {
    const { take } = asking(all);
    take([1]);
    await settle();
    expect(take([1, 2])?.suggestions).toEqual([suggested(1)]);
  });

  test.each([
    ['other openings', [2], 'u1'],
    ['another study of the same name', [1], 'u2'],
  ])('for %s are asked for anew', async (_, numbers, uid) => {
    const { asked, take } = asking(all);
    take([1]);
    await settle();
    expect(take(numbers, uid)).toBeUndefined();
    expect(asked).toEqual([[1], numbers]);
  });

  test('that cannot be made are an error once, then asked for again', async () => {
    const { asked, take } = asking(() => Promise.reject(new Error('no model')));
    take([1]);
    await settle();
    expect(() => take([1])).toThrow('no model');
    expect(take([1])).toBeUndefined();
    expect(asked).toEqual([[1], [1]]);
  });

  test('of which none was left are asked for again when something was decided since', async () => {
    const { asked, take } = asking(async () => []);
    take([1]);
    await settle();
    expect(take([1])).toEqual({ suggestions: [], isExhausted: true });
    expect(take([1], 'u1', [anEngineTrial(1)])).toBeUndefined();
    expect(asked).toEqual([[1], [1]]);
  });

  test('of which none is left are not asked for again', async () => {
    const { asked, take } = asking(async () => []);
    take([1]);
    await settle();
    const nothing = { suggestions: [], isExhausted: true };
    expect([take([1]), take([1])]).toEqual([nothing, nothing]);
    expect(asked).toEqual([[1]]);
  });
});
