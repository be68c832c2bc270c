/** What a Study has used and saved, from its Trials. Pure. */
import type { Study, StudyStatus } from '../../api/study.ts';
import type { Attempt, Trial } from '../../api/trial.ts';
import { stateOf, type TrialStateCondition } from '../../observe.ts';
import { timesOf } from '../trial/attempts.ts';

type Usage = NonNullable<StudyStatus['usage']>;

const FIELD: { readonly [S in TrialStateCondition]: keyof Usage['byOutcome'] } = {
  Queued: 'running',
  Running: 'running',
  Paused: 'paused',
  Completed: 'completed',
  Stopped: 'stopped',
  Failed: 'failed',
};

export function usage(study: Study, trials: readonly Trial[]): Usage {
  const attempts = trials.flatMap(({ status }) => status?.attempts ?? []);
  const byOutcome = { completed: 0, stopped: 0, failed: 0, paused: 0, running: 0 };
  for (const { status } of trials) byOutcome[FIELD[stateOf(status) ?? 'Queued']] += status?.usage?.gpuSeconds ?? 0;
  return {
    resource: trials.reduce((sum, { status }) => sum + (status?.usage?.resource ?? 0), 0),
    gpuSeconds: Object.values(byOutcome).reduce((sum, seconds) => sum + seconds, 0),
    gpuSecondsSaved: Math.round(trials.reduce((sum, trial) => sum + saved(study, trial), 0)),
    byOutcome,
    preemptions: attempts.reduce(
      (times, attempt) => times + (PREEMPTED.has(attempt.outcome) ? timesOf(attempt) : 0),
      0,
    ),
  };
}

const PREEMPTED: ReadonlySet<Attempt['outcome']> = new Set(['Disrupted', 'Preempted'] as const);

/** What a trial that was stopped or rests would yet have taken to the maximum, at the pace it had. */
function saved({ spec: { resource } }: Study, { spec, status }: Trial): number {
  const state = stateOf(status);
  const isSaved = state === 'Paused' || (state === 'Stopped' && spec.stop?.reason === 'StoppedByScheduler');
  const { resource: trained, gpuSeconds } = status?.usage ?? { resource: 0, gpuSeconds: 0 };
  if (!isSaved || trained === 0) return 0;
  return (gpuSeconds / trained) * Math.max(0, resource.max - (status?.reached ?? 0));
}
