/**
 * At how many observations hyperparameters are fitted again: each time there are some share more than at the last fit.
 * Each fit starts from the one before; now and then one also starts anew, so that
 * a bad fit is not kept for ever. All fits of a study together cost a few times what the last one does.
 *
 * The sizes depend on nothing but how many observations there are, so what a process happened to fit before does not
 * matter.
 */
export interface Growth {
  /** The share, > 0. */
  readonly growth: number;
}

export interface Refit {
  /** A fit to the first so many observations. */
  readonly size: number;
  readonly isAnew: boolean;
}

/** Up to so many observations each fit starts anew: few data are often explained in several ways, and fits are cheap. */
const FEW = 64;

/** Beyond, when there are so many times as many as at the last such fit. */
const ANEW = 1.5;

/** All fits up to `count` observations, at least one of them; the last is the one in use. `growth` > 0. */
export function refitsUpTo(count: number, growth: number): readonly Refit[] {
  if (count <= FEW) return [{ size: sizeBelow(count, growth), isAnew: true }];
  const refits: Refit[] = [];
  let due = 0;
  for (let size = sizeBelow(FEW, growth); size <= count; size = next(size, growth)) {
    const isAnew = size >= due;
    if (isAnew) due = ANEW * size;
    refits.push({ size, isAnew });
  }
  return refits;
}

/** The largest size in the sequence that begins with 1 which is at most `count`. */
function sizeBelow(count: number, growth: number): number {
  let size = 1;
  while (next(size, growth) <= count) size = next(size, growth);
  return size;
}

function next(size: number, growth: number): number {
  return Math.max(size + 1, Math.floor(size * (1 + growth)));
}
