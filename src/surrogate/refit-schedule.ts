/**
 * When hyperparameters are fitted again, as a function of the observations alone: those in use with n observations were
 * fitted to the first `refitSize` of them. So it does not matter which suggestions a process happened to make before.
 */
export interface RefitSchedule {
  /** Up to so many observations, at each new one. */
  readonly always: number;
  /** Beyond, at every so-manieth. */
  readonly every: number;
  /** Beyond, only at observations at this resource. */
  readonly onlyAt?: number | undefined;
}

/** `resources`: of all observations in the order they were made. */
export function refitSize(resources: readonly number[], { always, every, onlyAt }: RefitSchedule): number {
  const count = resources.length;
  if (count < always) return count;
  if (onlyAt !== undefined) return Math.max(Math.min(count, always), resources.lastIndexOf(onlyAt) + 1);
  const base = Math.max(always, 1);
  return base + every * Math.floor((count - base) / every);
}
