/** Runs as lines of JSON: what a search had found by when. */
import { z } from 'zod';
import { bestBy, type Outcome } from '../../src/simulate/simulate.ts';

const runSchema = z.object({
  table: z.string(),
  method: z.string(),
  seed: z.int(),
  workers: z.int(),
  /** In mean full trainings per worker, as are the keys of `at`. */
  horizon: z.number(),
  /** The best value seen by then; null while there is none. */
  at: z.record(z.string(), z.number().nullable()),
  /** How many were started. */
  trials: z.int(),
  epochs: z.int(),
  wall_s: z.number(),
  /** Spent on finding configurations. */
  suggest_s: z.number(),
  suggests: z.int(),
});

export type Run = z.output<typeof runSchema>;

export type RunOf = Pick<Run, 'table' | 'method' | 'seed' | 'workers' | 'horizon'>;

const STEP = 0.5;

/** As the keys of `at` are written: one decimal. */
export function gridOf(horizon: number): readonly string[] {
  return Array.from({ length: Math.floor(horizon / STEP) }, (_, k) => (STEP * (k + 1)).toFixed(1));
}

export function runOf(of: RunOf, outcome: Outcome, wallMs: number): Run {
  const at = gridOf(of.horizon).map((time) => [time, bestBy(outcome.improvements, Number(time)) ?? null] as const);
  return {
    ...of,
    at: Object.fromEntries(at),
    trials: outcome.trials.length,
    epochs: outcome.units,
    wall_s: seconds(wallMs),
    suggest_s: seconds(outcome.suggestMs),
    suggests: outcome.suggests,
  };
}

function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(3));
}

/** The runs in a file's text; what is wrong with its first line that holds none is the message of a TypeError. */
export function runsIn(text: string, path: string): readonly Run[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const parsed = runSchema.safeParse(JSON.parse(line));
    if (parsed.success) return [parsed.data];
    throw new TypeError(`${path}:${i + 1}: not a run: ${z.prettifyError(parsed.error)}`);
  });
}
