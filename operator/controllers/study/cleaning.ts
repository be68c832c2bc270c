/** Which checkpoints are no longer needed, and having them removed. */
import type { Study } from '../../api/study.ts';
import type { Trial } from '../../api/trial.ts';
import { condition, type Finding } from '../../conditions.ts';
import type { ApplyOptions } from '../../kube/cluster.ts';
import { hasEnded, stateOf } from '../../observe.ts';
import { statusOnly } from '../context.ts';
import { best } from './study-status.ts';

/** Removes the folders of trials from where they are. */
export interface Cleaner {
  /** Asked again and again with what is left to be removed, until it is done. */
  remove(study: Study, trials: readonly Trial[]): Promise<Cleaning>;
  /** What was done is on record: nothing of it is needed any more. */
  settle(study: Study): Promise<void>;
}

export type Cleaning =
  /** The names of trials whose folders are gone. */
  | { readonly kind: 'Done'; readonly trials: readonly string[] }
  | { readonly kind: 'UnderWay' }
  | { readonly kind: 'Failed'; readonly message: string };

/** At most so many folders at once. */
const BATCH = 100;
/** So many are removed together, or as many as there are after a while. */
const ENOUGH = 20;
const PATIENCE_MS = 5 * 60_000;
const UNDER_WAY_MS = 5_000;
const FAILED_MS = 10 * 60_000;

/** Trials that have ended for good and whose folders the Study does not keep, oldest first. */
export function removable(study: Study, trials: readonly Trial[]): readonly Trial[] {
  const { retain = 'All' } = study.spec.checkpoint ?? {};
  if (retain === 'All') return [];
  const bests = [best(study, trials), best(study, trials, study.spec.resource.max)].map((found) => found?.trial);
  const isKept = (trial: Trial): boolean => {
    if (retain === 'Best') return bests.includes(trial.metadata.name);
    return retain === 'Completed' && stateOf(trial.status) === 'Completed';
  };
  return trials
    .filter(({ status }) => hasEnded(status) && (status?.attempts ?? []).length > 0 && !status?.checkpointRemoved)
    .filter((trial) => !isKept(trial))
    .toSorted((a, b) => endTime(a) - endTime(b));
}

function endTime({ status }: Trial): number {
  return Date.parse(condition(status?.conditions, stateOf(status) ?? '')?.lastTransitionTime ?? '') || 0;
}

export interface CleaningContext {
  /** Applies the status of a Trial for this manager of its fields. */
  readonly apply: (trial: Trial, options: ApplyOptions) => Promise<unknown>;
  /** Undefined where folders cannot be removed. */
  readonly cleaner: Cleaner | undefined;
  readonly now: number;
  /** Nothing more will end: no reason to wait. */
  readonly isOver: boolean;
}

export interface Cleaned {
  /** How it stands; undefined where nothing is ever removed. */
  readonly finding?: Finding;
  readonly requeueMs?: number;
  /** What hindered it; it is on record in the finding, and nothing else was hindered. */
  readonly error?: unknown;
}

const MARKER = { fieldManager: 'abohb-cleaning' };

/**
 * Has folders removed and puts on record, on each Trial, that its folder is gone. Repeating it does no harm. Never throws:
 * that folders are left is no reason to tell nothing of the Study.
 */
export async function clean(context: CleaningContext, study: Study, trials: readonly Trial[]): Promise<Cleaned> {
  if ((study.spec.checkpoint?.retain ?? 'All') === 'All') return {};
  try {
    return await cleanUp(context, study, trials);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const message = `checkpoints could not be removed: ${words.slice(0, WORDS_LENGTH)}; it is tried again`;
    return { ...found('False', 'CleaningFailed', message), error };
  }
}

const WORDS_LENGTH = 500;

async function cleanUp(context: CleaningContext, study: Study, trials: readonly Trial[]): Promise<Cleaned> {
  const due = removable(study, trials);
  const { cleaner } = context;
  if (due.length === 0) return found('True', 'UpToDate', 'checkpoints that are not kept have been removed');
  if (!cleaner) return found('False', 'NoImage', NO_IMAGE);
  const wait = waitMs(context, due);
  if (wait > 0) return { ...found('True', 'UpToDate', 'checkpoints are removed some at a time'), requeueMs: wait };
  const cleaning = await cleaner.remove(study, due.slice(0, BATCH));
  if (cleaning.kind === 'Failed') {
    const message = `checkpoints could not be removed: ${cleaning.message}; it is tried again when that Job is gone`;
    return { ...found('False', 'CleaningFailed', message), requeueMs: FAILED_MS };
  }
  if (cleaning.kind === 'Done') {
    for (const trial of trials.filter(({ metadata }) => cleaning.trials.includes(metadata.name))) {
      await context.apply(statusOnly(trial, { checkpointRemoved: true }), MARKER);
    }
    await cleaner.settle(study);
  }
  return { ...found('True', 'UpToDate', 'checkpoints are removed some at a time'), requeueMs: UNDER_WAY_MS };
}

const NO_IMAGE =
  'checkpoints are not removed: the operator was not told its own image; set ABOHB_IMAGE in its environment (the Helm chart does), or retain: All';

function waitMs({ isOver, now }: CleaningContext, due: readonly Trial[]): number {
  const [oldest] = due;
  return isOver || due.length >= ENOUGH || !oldest ? 0 : Math.max(0, endTime(oldest) + PATIENCE_MS - now);
}

function found(status: 'True' | 'False', reason: string, message: string): Cleaned {
  return { finding: { type: 'CheckpointsCleaned', status, reason, message } };
}
