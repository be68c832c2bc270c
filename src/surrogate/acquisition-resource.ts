/**
 * The resource level at which the acquisition compares configurations: the largest with enough observations, else the
 * smallest there are any at (Falkner et al. 2018, "BOHB", section 3.2).
 *
 * `resources`: of all observations, at least one; `enough` ≥ 1.
 */
export function acquisitionResource(resources: Iterable<number>, enough: number): number {
  const counts = new Map<number, number>();
  for (const r of resources) counts.set(r, (counts.get(r) ?? 0) + 1);
  const levels = [...counts.keys()];
  const filled = levels.filter((r) => (counts.get(r) ?? 0) >= enough);
  return filled.length > 0 ? Math.max(...filled) : Math.min(...levels);
}
