/** Suggestions made here and now, in this thread. Pure. */
import { type Input, type Opening, start } from '../../src/decide.ts';
import { startedTrial } from '../../src/ledger.ts';
import type { Suggested } from './suggester.ts';

/** A configuration for each opening, each knowing the ones before; fewer when the space is exhausted. */
export function suggestAll({ study, trials }: Input, openings: readonly Opening[]): readonly Suggested[] {
  const known = [...trials];
  const suggestions: Suggested[] = [];
  for (const opening of openings) {
    const decision = start({ study, trials: known }, opening, 0);
    if (decision === undefined) break;
    const { seq: _, ...suggested } = decision;
    suggestions.push(suggested);
    known.push(startedTrial(decision));
  }
  return suggestions;
}
