/** What is worth an Event on the Study when its summary changes. */
import type { StudyStatus } from '../../api/study.ts';
import { condition } from '../../conditions.ts';
import type { Happening } from '../../runtime/events.ts';

export function outcomeHappening(before: StudyStatus | undefined, after: StudyStatus): Happening | undefined {
  const was = condition(before?.conditions, 'Succeeded');
  const is = condition(after.conditions, 'Succeeded');
  if (!is || (was?.status === is.status && was.reason === is.reason)) return undefined;
  const { status, reason = '', message = '' } = is;
  if (status === 'True')
    return { type: 'Normal', reason: 'StudySucceeded', message: `${reason}: ${message}${bestOf(after)}` };
  if (status === 'False') return { type: 'Warning', reason: 'StudyFailed', message: `${reason}: ${message}` };
  if (reason === 'Stalled') return { type: 'Warning', reason: 'StudyStalled', message };
  const hadEnded = was !== undefined && was.status !== 'Unknown';
  if (hadEnded)
    return { type: 'Normal', reason: 'StudyReopened', message: 'the Study goes on: its limits were raised' };
  return was ? { type: 'Normal', reason: `Study${reason}`, message } : undefined;
}

function bestOf({ best }: StudyStatus): string {
  return best ? `; best: ${best.trial} with ${best.value} at ${best.resource}` : '';
}
