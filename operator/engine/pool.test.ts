import { afterEach, describe, expect, test } from 'vitest';
import { answerAll, type Input } from '../../src/decide.ts';
import { Pool } from './pool.ts';

const input: Input = {
  study: {
    seed: 1,
    goal: 'Minimize',
    resource: { min: 1, max: 9 },
    parameters: [{ name: 'lr', type: 'float', min: 0.001, max: 1, scale: 'Log' }],
    algorithm: { type: 'randomSearch' },
    initialTrials: [],
    parallelism: 4,
    maxTrials: 10,
    open: true,
  },
  trials: [],
};
const openings = [1, 2, 3].map((number) => ({ number, bracket: 0, until: 9 }));

describe('the pool of suggesting threads', () => {
  let pool: Pool | undefined;
  afterEach(() => pool?.close());

  test('a thread suggests what this thread would', async () => {
    pool = new Pool({ threads: 1, deadlineMs: 60_000 });
    expect(await pool.suggest(input, openings)).toEqual(answerAll(input, openings));
  });

  test('more questions than threads wait for their turn', async () => {
    pool = new Pool({ threads: 1, deadlineMs: 60_000 });
    const answers = await Promise.all([0, 1, 2, 3].map(() => pool?.suggest(input, openings)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test('a question that takes too long fails, and the next one gets a fresh thread', async () => {
    pool = new Pool({ threads: 1, deadlineMs: 1 });
    const endless = Array.from({ length: 100_000 }, (_, i) => ({ number: i + 1, bracket: 0, until: 9 }));
    await expect(pool.suggest(input, endless)).rejects.toMatchObject({ code: 'SuggestionLate' });
    await expect(pool.suggest(input, endless)).rejects.toMatchObject({ code: 'SuggestionLate' });
  });

  test('an engine that throws is an error with its words, and the thread lives on', async () => {
    pool = new Pool({ threads: 1, deadlineMs: 60_000 });
    const broken = { ...input, study: { ...input.study, parameters: undefined as never } };
    await expect(pool.suggest(broken, openings)).rejects.toMatchObject({ code: 'SuggestionFailed' });
    expect(await pool.suggest(input, openings)).toHaveLength(3);
  });
});
