/**
 * The list of a trial's attempts stays short, however often nodes are taken away from it: what is long over is summed up.
 * Pure.
 */
import type { Attempt } from '../../api/trial.ts';

/** How many attempts an entry of the list stands for. */
export function timesOf({ times = 1 }: Attempt): number {
  return times;
}

/** So many attempts in a row that bring a trial no further are enough. */
export const MAX_FRUITLESS = 32;
/** So many entries does the list have. */
export const LISTED = 12;

/**
 * Whether it makes no sense to try again.
 *
 * @param reached the highest resource level reported so far
 */
export function isHopeless(attempts: readonly Attempt[], reached: number): boolean {
  const fruitless = attempts.filter(({ from }) => from >= reached);
  return fruitless.reduce((sum, attempt) => sum + timesOf(attempt), 0) >= MAX_FRUITLESS;
}

/** The list with no more entries than it may have. */
export function listed(attempts: readonly Attempt[], reached: number): readonly Attempt[] {
  let list = attempts;
  while (list.length > LISTED) list = shortened(list, reached);
  return list;
}

/** With one entry less. */
function shortened(attempts: readonly Attempt[], reached: number): readonly Attempt[] {
  const alike = attempts.findIndex((attempt, i) => isAlike(attempt, attempts[i + 1], reached));
  const at = Math.max(0, alike);
  const [one, other] = attempts.slice(at, at + 2);
  if (one === undefined || other === undefined) return attempts;
  return [...attempts.slice(0, at), summedUp(one, other), ...attempts.slice(at + 2)];
}

/** They ended for the same reason, and have brought something or have not, so that these can still be counted. */
function isAlike({ outcome, failure, from }: Attempt, next: Attempt | undefined, reached: number): boolean {
  if (outcome === undefined || outcome !== next?.outcome || failure !== next.failure) return false;
  return from >= reached === next.from >= reached;
}

/** As if it had been one: it ends when the later ends, and has held its GPUs for as long as both together. */
function summedUp(earlier: Attempt, later: Attempt): Attempt {
  const [before, after] = [heldMs(earlier), heldMs(later)];
  const held = before + after;
  const { pod: _, startTime: __, ...last } = later;
  const end = later.endTime ?? earlier.endTime;
  const hasHeld = (earlier.startTime ?? later.startTime) !== undefined && end !== undefined;
  return {
    ...last,
    times: timesOf(earlier) + timesOf(later),
    from: earlier.from,
    trained: earlier.trained + later.trained,
    gpus: held === 0 ? later.gpus : (earlier.gpus * before + later.gpus * after) / held,
    ...(hasHeld && { startTime: new Date(Date.parse(end) - held).toISOString() }),
  };
}

function heldMs({ startTime, endTime }: Attempt): number {
  return startTime === undefined || endTime === undefined ? 0 : Date.parse(endTime) - Date.parse(startTime);
}
