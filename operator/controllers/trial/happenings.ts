/** What is worth an Event on the Study when a trial changes state. */
import type { Study } from '../../api/study.ts';
import type { Trial, TrialStatus } from '../../api/trial.ts';
import { condition } from '../../conditions.ts';
import type { TrialStateCondition } from '../../observe.ts';
import type { Happening } from '../../runtime/events.ts';
import { numeral } from '../words.ts';
import { LOG_UNREAD } from './unread.ts';

interface Change {
  readonly state: TrialStateCondition;
  readonly status: TrialStatus;
}

/** What is worth an Event though the trial stays in its state: that it trains unseen. */
export function unreadHappening(trial: Trial, status: TrialStatus): Happening | undefined {
  const [before, after] = [trial.status, status].map((each) => condition(each?.conditions, 'Running'));
  if (after?.reason !== LOG_UNREAD || before?.reason === LOG_UNREAD) return undefined;
  return { type: 'Warning', reason: LOG_UNREAD, message: `trial ${trial.spec.number}: ${after.message}` };
}

/** Stopping and promoting are told by whoever decided it; starting by the Start decision. */
export function happeningOf({ spec }: Study, trial: Trial, { state, status }: Change): Happening | undefined {
  const { number } = trial.spec;
  const { objective, resource } = spec;
  if (state === 'Completed' && status.last !== undefined) {
    const at = `${objective.metric} ${numeral(status.last)} at ${resource.name} ${status.reached}`;
    return { type: 'Normal', reason: 'TrialCompleted', message: `trial ${number} completed: ${at}` };
  }
  if (state === 'Failed') {
    const message = `trial ${number} failed (${status.failure?.class}): ${status.failure?.message}`;
    return { type: 'Warning', reason: 'TrialFailed', message };
  }
  const last = status.attempts?.findLast(({ outcome }) => outcome !== undefined);
  if (state === 'Queued' && last?.outcome === 'Disrupted') {
    const why = condition(status.conditions, 'Queued')?.message;
    const message = `trial ${number} lost its pod to a disruption and is started again: ${why}`;
    return { type: 'Warning', reason: 'TrialDisrupted', message };
  }
  if (state === 'Queued' && condition(status.conditions, 'Queued')?.reason === 'Preempted') {
    const message = `trial ${number} was preempted by its queue and waits there to go on`;
    return { type: 'Normal', reason: 'TrialPreempted', message };
  }
  if (state === 'Queued' && last?.failure) {
    const why = condition(status.conditions, 'Queued')?.message;
    return { type: 'Warning', reason: 'TrialRetried', message: `trial ${number} is tried again: ${why}` };
  }
  return undefined;
}
