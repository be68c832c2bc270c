/** What is said of a decision: a line in the log and an Event. */
import type { Decision, StartDecision } from '../../../src/model.ts';
import type { Study } from '../../api/study.ts';
import type { Context } from '../context.ts';

export interface Told {
  readonly key: string;
  readonly study: Study;
  readonly decision: Decision;
  readonly words: string;
}

/** One line and one Event per decision; going on is no news to the user. */
export function tell({ log, record, telemetry }: Context, { key, study, decision, words }: Told): void {
  const { kind, trial, seq } = decision;
  telemetry.decided(kind);
  log.info({ study: key, trial, seq, decision: kind, reason: words, ...origin(decision) }, 'decided');
  const reason = EVENT_REASON[kind];
  if (reason) record(study, { type: 'Normal', reason, message: `trial ${trial} ${words}` });
}

/** Where a new trial's configuration came from, and why, for those who search logs. */
function origin(decision: Decision): Partial<Pick<StartDecision, 'origin' | 'proposal'>> {
  return decision.kind === 'Start' ? { origin: decision.origin, proposal: decision.proposal } : {};
}

const EVENT_REASON: { readonly [K in Decision['kind']]?: string } = {
  Start: 'TrialStarted',
  Stop: 'TrialStopped',
  Promote: 'TrialPromoted',
};
