/** A view and what happens as single lines, for files and pipes. Pure. */
import type { Event } from '../../operator/kube/kinds.ts';
import { rungsInWords } from './rungs.ts';
import type { View } from './view.ts';
import { bestInWords, countsInWords, duration, startedInWords } from './words.ts';

/** "[1m 12s] 47 of 60 trials: 4 running, …; epoch 1: …; best: …; about 1m 40s left" */
export function summaryLine({ study, counts, leftMs, elapsedMs }: View): string {
  const { best, rungs = [] } = study.status ?? {};
  const parts = [
    `${startedInWords(counts.created, study.spec.limits.maxTrials)}: ${countsInWords(counts)}`,
    ...(rungs.length > 0 ? [rungsInWords(study.spec.resource.name, rungs)] : []),
    ...(best ? [`best: ${bestInWords(study.spec, best)}`] : []),
    ...(leftMs === undefined ? [] : [`about ${duration(leftMs)} left`]),
  ];
  return stamped(elapsedMs, parts.join('; '));
}

export function stamped(elapsedMs: number, text: string): string {
  return `[${duration(elapsedMs)}] ${oneLine(text)}`;
}

/** Logs of trials are in some messages: whatever they hold, a line stays a line. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

/** An event as it concerns a local run; undefined when the progress says it already. */
export function news({ reason, message }: Pick<Event, 'reason' | 'message'>): string | undefined {
  if (SAID_ANYWAY.has(reason)) return undefined;
  if (reason === 'TrialDisrupted') return message.replace(/ lost its pod .*$/, ' goes on where it was interrupted');
  return message;
}

/** The beginning and the end of the Study. */
const SAID_ANYWAY: ReadonlySet<string> = new Set(['Accepted', 'StudySucceeded', 'StudyFailed', 'StudyRunning']);
