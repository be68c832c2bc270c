/** Trials whose log cannot be read, or not to its end: nobody knows how far they have come. Pure. */
import type { Failure, Report } from '../../api/trial.ts';
import type { Finding } from '../../conditions.ts';
import { LONG_OUTAGE_MS } from '../../metrics/outage.ts';
import type { Disruption } from './disruption.ts';
import { failed } from './failing.ts';
import { finding, MESSAGE_LENGTH } from './trial-status.ts';
import { reached, type TrialView } from './view.ts';

/** Reason of an attempt that ended well, as far as its exit code tells, and of a trial that trains unseen. */
export const LOG_UNREAD = 'LogUnread';

type Situation = Pick<TrialView, 'study' | 'news' | 'trial'>;

/** There may be more in it than was read. */
export function isUnread({ study, news }: Pick<Situation, 'study' | 'news'>): boolean {
  if (study.spec.metrics.annotation || news === undefined) return false;
  return !news.complete || news.unread !== undefined;
}

/** It has reported less than it was to, as far as its log could be read. */
export function isShortUnread(view: Situation, until: number, reports: readonly Report[]): boolean {
  return isUnread(view) && reached(reports) < until;
}

/** The first time it goes on from its checkpoint. */
export function unreadDisruption({ news }: Pick<Situation, 'news'>): Disruption {
  return {
    reason: LOG_UNREAD,
    message: `its log could not be read${news?.unread ? `: ${news.unread.why}` : ' to its end'}`,
  };
}

/** The second time in a row it fails: it would hardly be better the third time. */
export function unreadAgain(view: Situation): Failure | undefined {
  if (view.trial.status?.attempts?.at(-2)?.reason !== LOG_UNREAD) return undefined;
  return failed('NoMetricReported', `its code ended well twice, but ${unreadDisruption(view).message}`);
}

/** What is told of a trial that trains while its log cannot be read for a while. */
export function trainsUnread({ news }: Pick<Situation, 'news'>, words: string): Finding | undefined {
  const { why, failingMs = 0 } = news?.unread ?? {};
  if (failingMs < LONG_OUTAGE_MS) return undefined;
  return finding('Running', LOG_UNREAD, `${words}, but its log cannot be read: ${why}`.slice(0, MESSAGE_LENGTH));
}
