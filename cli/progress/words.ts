/** Counts, durations and configurations in plain words. Pure. */
import type { Best, Study, StudyStatus } from '../../operator/api/study.ts';
import { assignment, numeral } from '../../operator/controllers/words.ts';

/** 850 → "0 s", 72_000 → "1m 12s", 5_400_000 → "1h 30m". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return `${h}h ${m}m`;
  return m > 0 ? `${m}m ${s}s` : `${s}s`;
}

export type Counts = NonNullable<StudyStatus['trials']>;

const STATES = ['running', 'queued', 'paused', 'completed', 'stopped', 'failed'] as const satisfies (keyof Counts)[];

/** "4 running, 12 completed, 30 stopped"; states without trials are left out. */
export function countsInWords(counts: Counts): string {
  const parts = STATES.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return parts.length === 0 ? 'none yet' : parts.join(', ');
}

/** "47 of 60 trials" or, without a limit, "47 trials". */
export function startedInWords(created: number, maxTrials: number | undefined): string {
  if (maxTrials !== undefined) return `${created} of ${maxTrials} trials`;
  return `${created} ${created === 1 ? 'trial' : 'trials'}`;
}

/** "val_error 0.0334 at epoch 27 (digits-0012)" */
export function bestInWords({ objective, resource }: Study['spec'], best: Best): string {
  return `${objective.metric} ${numeral(best.value)} at ${resource.name} ${best.resource} (${best.trial})`;
}

export function configInWords({ parameters }: Pick<Best, 'parameters'>): string {
  return assignment(parameters);
}
