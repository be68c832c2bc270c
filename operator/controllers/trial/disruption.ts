/** What ended an attempt that is nobody's fault, in the cluster's words. Pure. */
import type { Attempt } from '../../api/trial.ts';
import { condition } from '../../conditions.ts';
import type { Pod } from '../../kube/kinds.ts';
import { isRefusal, wasDisrupted } from './pod.ts';

export interface Disruption {
  /** In one word. */
  readonly reason: string;
  readonly message: string;
}

export const JOB_GONE: Disruption = { reason: 'JobGone', message: 'its Job was deleted' };
export const POD_GONE: Disruption = { reason: 'PodGone', message: 'its pod was deleted or lost' };
/** Its code ended well, but nobody knows how far it came. */
export const LOG_GONE: Disruption = { reason: 'LogGone', message: 'its pod was gone before its log had been read' };

const REASON_LENGTH = 128;
const MESSAGE_LENGTH = 500;

export function disruptionOf(pod: Pod | undefined): Disruption {
  if (!pod || !wasDisrupted(pod)) return POD_GONE;
  const target = condition(pod.status?.conditions, 'DisruptionTarget');
  const { reason = 'Disrupted', message = '' } = target ?? pod.status ?? {};
  return { reason: reason.slice(0, REASON_LENGTH), message: message.slice(0, MESSAGE_LENGTH) };
}

/** How an attempt that was disrupted is put on record. */
export function disrupted({ reason }: Disruption): Pick<Attempt, 'outcome' | 'failure' | 'reason'> {
  return { outcome: 'Disrupted', failure: 'Disruption', reason };
}

export function inWords({ reason, message }: Disruption): string {
  return message === '' ? reason : `${reason}: ${message}`;
}

/** Its node would not have its pod: the next one may fare no better for a while. */
export function wasRefused({ outcome, codeTime, reason }: Attempt): boolean {
  return outcome === 'Disrupted' && codeTime === undefined && isRefusal(reason);
}

const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 10 * 60_000;

/** When the next attempt may begin after those that nodes refused one after the other, in milliseconds since the epoch. */
export function mayBeginAt(attempts: readonly Attempt[]): number {
  const refused = attempts.length - 1 - attempts.findLastIndex((attempt) => !wasRefused(attempt));
  const ended = Date.parse(attempts.at(-1)?.endTime ?? '');
  return refused === 0 || Number.isNaN(ended)
    ? 0
    : ended + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (refused - 1));
}
