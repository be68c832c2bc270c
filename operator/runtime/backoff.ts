/** Waits between tries that fail: doubling, with jitter, from the start again after a quiet time. */

export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
  /** Without a failure for so long, the next one counts as the first. */
  readonly quietMs: number;
}

/**
 * A function from the time of a failure to the wait after it, in milliseconds: half of the doubled wait, plus a random
 * part of the other half, so that many who fail together do not come back together.
 */
export function backoff(options: Backoff, random: () => number): (failedAt: number) => number {
  let failures = 0;
  let quietFrom = Number.NEGATIVE_INFINITY;
  return (failedAt) => {
    if (failedAt - quietFrom > options.quietMs) failures = 0;
    const waitMs = Math.min(options.firstMs * 2 ** failures, options.longestMs);
    failures += 1;
    const jittered = waitMs * (0.5 + random() / 2);
    quietFrom = failedAt + jittered;
    return jittered;
  };
}
