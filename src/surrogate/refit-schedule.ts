/**
 * When hyperparameters are fitted again, as a function of the observations alone: those in use with n observations were
 * fitted to the first `refitSize` of them. So it does not matter which suggestions a process happened to make before.
 */
export type RefitSchedule = Growth | Period;

/** At sizes that grow geometrically: all fits of a study together take a few times as long as the last. */
export interface Growth {
  /** When there are this share more observations, at least one more; ≥ 0. */
  readonly growth: number;
}

export interface Period {
  /** Up to so many observations, at each new one. */
  readonly always: number;
  /** Beyond, at every so-manieth. */
  readonly every: number;
  /** Beyond, only at observations at this resource. */
  readonly onlyAt?: number | undefined;
}

/** `resources`: of all observations in the order they were made. */
export function refitSize(resources: readonly number[], schedule: RefitSchedule): number {
  if ('growth' in schedule) return grownSize(resources.length, schedule.growth);
  const { always, every, onlyAt } = schedule;
  const count = resources.length;
  if (count < always) return count;
  if (onlyAt !== undefined) return Math.max(Math.min(count, always), resources.lastIndexOf(onlyAt) + 1);
  const base = Math.max(always, 1);
  return base + every * Math.floor((count - base) / every);
}

/** The largest size up to `count` in the sequence that begins with 1. */
function grownSize(count: number, growth: number): number {
  let size = Math.min(1, count);
  for (let next = 1; next <= count; next = Math.max(next + 1, Math.floor(next * (1 + growth)))) size = next;
  return size;
}
