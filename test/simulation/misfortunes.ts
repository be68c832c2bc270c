/** What goes wrong with simulated trials and their pods, and when: drawn from the seed for each of them. */
import { stream } from '../../src/rng.ts';

export interface Misfortunes {
  /** Chance per attempt that the code crashes at some epoch. */
  readonly crash: number;
  /** Chance per trial that its values become NaN at some epoch. */
  readonly diverge: number;
  /** Chance per attempt that its pod is gone at some epoch, from one moment to the next. */
  readonly lose: number;
  /** Chance per attempt that its pod is evicted at some epoch, or preempted by the scheduler. */
  readonly evict: number;
  /** Chance per attempt that its node is lost at some epoch, and found to be minutes later. */
  readonly strand: number;
  /** Chance per trial that its code never stops by itself. */
  readonly overrun: number;
  /** Chance per trial that its configuration cannot be trained: its code exits with INFEASIBLE. */
  readonly infeasible: number;
  /** Chance per attempt that it runs out of memory at some epoch. */
  readonly outOfMemory: number;
  /** Chance per attempt that its pod never gets its image. */
  readonly stuck: number;
  /** Chance per attempt that the node which its pod was given to will not have it. */
  readonly turnedAway: number;
  /** Chance per attempt that its pod waits half an hour for a node. */
  readonly pending: number;
  /** Chance that a log that is opened shows no more than its last lines. */
  readonly rotate: number;
  /** Chance per attempt that the pod of its Job may not be created, for a while or for good. */
  readonly refused: number;
  /** Chance per pod that is told to end that it takes up to a minute for that. */
  readonly linger: number;
  /** Chance per trial that its code does not hear of it and trains on until it is killed. */
  readonly deaf: number;
}

export const LUCKY: Misfortunes = {
  crash: 0,
  diverge: 0,
  lose: 0,
  evict: 0,
  strand: 0,
  overrun: 0,
  infeasible: 0,
  outOfMemory: 0,
  stuck: 0,
  turnedAway: 0,
  pending: 0,
  rotate: 0,
  refused: 0,
  linger: 0,
  deaf: 0,
};

/** What happens to a pod at some epoch. */
export const MISHAPS = ['crash', 'outOfMemory', 'evict', 'strand', 'lose'] as const;
export type Mishap = (typeof MISHAPS)[number];

/** What an attempt will meet. */
export interface Fate {
  readonly isInfeasible: boolean;
  readonly overruns: boolean;
  readonly secondsPerEpoch: number;
  /** The first epoch whose value is NaN. */
  readonly divergesAt: number;
  /** Epochs, none of them twice. */
  readonly mishaps: ReadonlyMap<number, Mishap>;
}

export interface Drawing {
  readonly seed: number;
  readonly misfortunes: Misfortunes;
}

export function fateOf(
  { seed, misfortunes }: Drawing,
  { trial, attempt }: { readonly trial: string; readonly attempt: string },
): Fate {
  const character = stream(seed, `trial ${trial}`, 0);
  const overruns = character.uniform() < misfortunes.overrun;
  const divergesAt = character.uniform() < misfortunes.diverge ? 1 + character.int(10) : Number.POSITIVE_INFINITY;
  const secondsPerEpoch = 1 + character.uniform() * 5;
  const mishaps = new Map<number, Mishap>();
  // Of several at one epoch the last counts.
  for (const mishap of MISHAPS) {
    const luck = stream(seed, `${mishap} of ${attempt}`, 0);
    if (luck.uniform() < misfortunes[mishap]) mishaps.set(1 + luck.int(10), mishap);
  }
  const isInfeasible = stream(seed, `nature of ${trial}`, 0).uniform() < misfortunes.infeasible;
  return { isInfeasible, overruns, secondsPerEpoch, divergesAt, mishaps };
}

/** How code takes it that it is told to end. */
export interface Manners {
  readonly lingersMs: number;
  readonly isDeaf: boolean;
}

/** The longest grace period. */
const GRACE_MS = 60_000;

export function mannersOf(
  { seed, misfortunes }: Drawing,
  { trial, pod }: { readonly trial: string; readonly pod: string },
): Manners {
  const luck = stream(seed, `end of ${pod}`, 0);
  const lingersMs = luck.uniform() < misfortunes.linger ? Math.round(luck.uniform() * GRACE_MS) : 0;
  return { lingersMs, isDeaf: stream(seed, `manners of ${trial}`, 0).uniform() < misfortunes.deaf };
}
