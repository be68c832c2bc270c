import { passes, quantileCut } from '../../../src/scheduling/rules.ts';
import { Rung } from '../../../src/scheduling/rungs.ts';
import { differences } from '../compare.ts';
import { goalOf, type Mode } from '../goal.ts';

interface Case {
  readonly mode: Mode;
  readonly q: number;
  readonly values: readonly number[];
  readonly cutoff: number | null;
  readonly continues: readonly boolean[];
  readonly best_first_order: readonly number[];
}

/** The cut of a rung, who passes it, and the order of its entries. */
export function check({ mode, q, values, cutoff, continues, best_first_order }: Case): string[] {
  const goal = goalOf(mode);
  const rung = new Rung(1, q, goal);
  for (const [trial, value] of values.entries()) rung.enter({ trial, value });
  const cut = quantileCut(rung, q, goal);
  return [
    ...differences('cut', cut ?? null, cutoff, 1e-12),
    ...differences(
      'passes',
      values.map((value) => cut === undefined || passes(value, cut, goal)),
      continues,
    ),
    ...differences(
      'order',
      rung.entries.map(({ trial }) => trial),
      best_first_order,
    ),
  ];
}
