/** The measurements of suggestions measure what they say. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FIGURES, growthFor } from '../../benchmarks/suggest/figures.ts';
import { studyOf, trialsOf } from '../../benchmarks/suggest/history.ts';
import { LEVELS } from '../../benchmarks/suggest/objective.ts';
import { play } from '../../benchmarks/suggest/play.ts';
import { SPACES } from '../../benchmarks/suggest/spaces.ts';
import { algorithmOf, situationOf, type Task } from '../../benchmarks/suggest/task.ts';
import { replay } from '../../src/replay.ts';
import { observations } from '../../src/searching/evidence.ts';
import { refitsUpTo } from '../../src/surrogate/refits.ts';
import { anEngineStudy } from '../builders.ts';

const DRIVER = fileURLToPath(new URL('../../benchmarks/suggest.ts', import.meta.url));

const tiny: Task = {
  algorithm: 'abohb',
  space: 'mixed',
  pending: 3,
  observations: 20,
  passing: 0.33,
  seed: 1,
  figure: 'run',
};

test.each(Object.entries(SPACES))('a model sees all observations of a history, %s', (_, parameters) => {
  const situation = { parameters, observations: 300, pending: 64, levels: LEVELS, passing: 0.33, seed: 1 };
  const trials = trialsOf(situation);
  const study = anEngineStudy({ parameters, resource: { min: 1, max: 81 }, algorithm: algorithmOf(tiny) });
  expect(observations(study, trials, 'RungsAndLast')).toHaveLength(300);
  expect(trials.filter(({ state }) => state === 'Active')).toHaveLength(64);
  const fewer = trialsOf({ ...situation, observations: 299, pending: 0 });
  expect(observations(study, fewer, 'RungsAndLast')).toEqual(observations(study, trials, 'RungsAndLast').slice(0, -1));
});

test.each([50, 100, 300, 1000, 3000])('every figure that there is at %i observations is measured there', (n) => {
  const dueAt = (growth = 0) => refitsUpTo(n, growth).at(-1);
  const few = refitsUpTo(n, 0.1).length === 1;
  expect(dueAt(growthFor('anew', n))).toEqual({ size: n, isAnew: true });
  expect(dueAt(growthFor('kept', n))?.size).toBeLessThan(n);
  if (few) expect(growthFor('refit', n)).toBeUndefined();
  else expect(dueAt(growthFor('refit', n))).toEqual({ size: n, isAnew: false });
  for (const figure of FIGURES) expect(Math.abs((growthFor(figure, n) ?? 0.1) - 0.1)).toBeLessThan(0.1);
});

test('a run is a study: its decisions are those of the engine, and each free slot is filled', () => {
  const counts: number[] = [];
  const [situation, algorithm] = [situationOf(tiny), algorithmOf(tiny)];
  const trials = play(situation, algorithm, (start) => {
    const starts = start();
    counts.push(starts.length);
    return starts;
  });
  expect(counts[0]).toBe(4);
  expect(new Set(counts.slice(1))).toEqual(new Set([1]));
  expect(trials.some(({ origin }) => origin === 'Model')).toBe(true);
  const { agreed, disagreement } = replay({ study: studyOf(situation, algorithm), trials });
  expect(disagreement).toBeUndefined();
  expect(agreed).toBeGreaterThan(trials.length);
});

test('a table tells how long suggestions take', () => {
  const args = '--sizes 20 --spaces mixed --pending 2 --figures kept,run --repetitions 1 --profile'.split(' ');
  const { stdout, status } = spawnSync(process.execPath, [DRIVER, ...args], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toMatch(/mixed, n = 20, 2 pending/);
  expect(stdout).toMatch(/^ {2}abohb kept +\d/m);
  expect(stdout).toMatch(/(candidates|local search) [\d.]+ %/);
  expect(stdout).toMatch(/^ {2}abohb run +\d/m);
});
