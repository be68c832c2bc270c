import { passes, RULES, topCount } from '../../../src/scheduling/rules.ts';
import { Rung } from '../../../src/scheduling/rungs.ts';
import { differences } from '../compare.ts';
import { goalOf, type Mode } from '../goal.ts';

interface Case {
  readonly q: number;
  readonly mode: Mode;
  readonly metrics: readonly number[];
  readonly promoted: readonly boolean[];
  readonly min_entries: number;
  readonly top_k: number;
  readonly promote_index: number | null;
  /** The last of the metrics is new, the others were entered before it. */
  readonly stopping_previous_only: { readonly cutoff_before_insert: number | null; readonly last_continues: boolean };
}

/** The top-k rule: which entry is promoted, and whether the last one would be stopped. */
export function check(data: Case): string[] {
  return [...checkPromotion(data), ...checkStopping(data)];
}

function checkPromotion({ q, mode, metrics, promoted, min_entries, top_k, promote_index }: Case): string[] {
  const rung = filled({ q, mode, metrics });
  for (const [trial, isPromoted] of promoted.entries()) if (isPromoted) rung.promoted(trial);
  const [position = -1] = rung.waiting(new Set());
  const isPromotable = position >= 0 && RULES.TopK.promotes(rung, position);
  const sizes = Array.from({ length: min_entries + 1 }, (_, n) => n);
  return [
    ...differences('top', topCount(metrics.length, q), metrics.length < min_entries ? 0 : top_k),
    ...differences(
      'fewest entries',
      sizes.find((n) => topCount(n, q) > 0),
      min_entries,
    ),
    ...differences('promoted entry', isPromotable ? rung.entries[position]!.trial : null, promote_index),
  ];
}

function checkStopping({ q, mode, metrics, stopping_previous_only }: Case): string[] {
  const value = metrics.at(-1);
  if (value === undefined) return [];
  const rung = filled({ q, mode, metrics: metrics.slice(0, -1) });
  const cut = RULES.TopK.stoppingCut(rung, value);
  const continues = cut === undefined || passes(value, cut, rung.goal);
  return [
    ...differences('cut before the last entry', cut ?? null, stopping_previous_only.cutoff_before_insert, 1e-12),
    ...differences('the last entry continues', continues, stopping_previous_only.last_continues),
  ];
}

function filled({ q, mode, metrics }: Pick<Case, 'q' | 'mode' | 'metrics'>): Rung {
  const rung = new Rung(1, q, goalOf(mode));
  for (const [trial, value] of metrics.entries()) rung.enter({ trial, value });
  return rung;
}
