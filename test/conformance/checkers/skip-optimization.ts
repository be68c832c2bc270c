import { type RefitSchedule, refitSize } from '../../../src/surrogate/refit-schedule.ts';

interface Case {
  readonly kind: 'periodic' | 'no_max_resource';
  readonly init_length: number;
  readonly period?: number;
  readonly max_resource?: number;
  readonly sequence: readonly { readonly n: number; readonly n_max_resource?: number; readonly skip: boolean }[];
}

/** A refit is skipped when the one due was done with fewer observations, when the model was last asked. */
export function check({ kind, init_length, period, max_resource, sequence }: Case): string[] {
  const schedule: RefitSchedule = {
    always: init_length,
    every: period ?? 1,
    onlyAt: kind === 'no_max_resource' ? max_resource : undefined,
  };
  const problems: string[] = [];
  const resources: number[] = [];
  let previous = { n: 0, atMax: 0 };
  for (const { n, n_max_resource = 0, skip } of sequence) {
    const added = n - previous.n;
    const addedAtMax = n_max_resource - previous.atMax;
    resources.push(...Array.from({ length: added }, (_, i) => (added - i <= addedAtMax ? (max_resource ?? 1) : 1)));
    const actual = refitSize(resources, schedule) <= previous.n;
    if (actual !== skip) problems.push(`with ${n} observations: skipped ${actual}, expected ${skip}`);
    previous = { n, atMax: n_max_resource };
  }
  return problems;
}
