/** Synchronous successive halving: rungs of fixed size, each waiting until all its slots have a result. */
import type { Goal, Study } from '../model.ts';
import { roundHalfEven } from '../rounding.ts';
import { isBetter } from './rungs.ts';

export interface RungSize {
  readonly level: number;
  /** How many slots it has. */
  readonly size: number;
}

/**
 * The rungs of each of Hyperband's brackets (Li et al. 2017, arXiv 1603.06560), for s_max the least s with
 * min · etaˢ ≥ max: bracket b has rungs j = 0 … s_max − b at min · eta^(j+b) rounded half to even, the last at max, of
 * ⌈(s_max + 1) / (s_max − b + 1) · eta^(s_max − b − j)⌉ slots. brackets: at most so many; undefined: all s_max + 1.
 */
export function halvingRungs(
  { min, max }: Study['resource'],
  eta: number,
  brackets = Number.POSITIVE_INFINITY,
): (readonly RungSize[])[] {
  let sMax = 0;
  while (min * eta ** sMax < max) sMax += 1;
  return Array.from({ length: Math.min(brackets, sMax + 1) }, (_, b) =>
    Array.from({ length: sMax - b + 1 }, (_, j) => ({
      level: j === sMax - b ? max : Math.min(max, roundHalfEven(min * eta ** (j + b))),
      size: Math.ceil(((sMax + 1) / (sMax - b + 1)) * eta ** (sMax - b - j)),
    })),
  );
}

interface Slot {
  /** Undefined: for a new trial. */
  trial: number | undefined;
  isTaken: boolean;
  /** NaN: failed. */
  value: number | undefined;
}

/** What fills a slot: a trial from the rung below, or a new one where `trial` is undefined. */
export interface FreeSlot {
  readonly index: number;
  readonly trial: number | undefined;
}

/** One bracket on its way through its rungs. */
export class HalvingBracket {
  readonly rungs: readonly RungSize[];
  readonly #goal: Goal;
  #rung = 0;
  #slots: Slot[];

  constructor(rungs: readonly RungSize[], goal: Goal) {
    this.rungs = rungs;
    this.#goal = goal;
    this.#slots = Array.from({ length: rungs[0]?.size ?? 0 }, () => ({
      trial: undefined,
      isTaken: false,
      value: undefined,
    }));
  }

  /** The index of the rung that is being filled; the number of rungs when the bracket is done. */
  get rung(): number {
    return this.#rung;
  }

  get isDone(): boolean {
    return this.#rung >= this.rungs.length;
  }

  /** Of the rung that is being filled. */
  get level(): number | undefined {
    return this.rungs[this.#rung]?.level;
  }

  /** The results of this rung so far, failures left out. */
  get values(): readonly number[] {
    return this.#slots.flatMap(({ value }) => (value === undefined || Number.isNaN(value) ? [] : [value]));
  }

  free(): FreeSlot | undefined {
    const index = this.#slots.findIndex(({ isTaken }) => !isTaken);
    return index < 0 ? undefined : { index, trial: this.#slots[index]?.trial };
  }

  slotOf(trial: number): number {
    return this.#slots.findIndex((slot) => slot.trial === trial);
  }

  isTaken(index: number): boolean {
    return this.#slots[index]?.isTaken ?? false;
  }

  take(index: number, trial: number): void {
    const slot = this.#slots[index];
    if (slot === undefined) throw new RangeError(`the rung has no slot ${index}`);
    slot.trial = trial;
    slot.isTaken = true;
  }

  /**
   * Of the trial in a slot; NaN when it failed. A slot has one result. When it is the rung's last, the next rung's slots
   * are there, and the trials that are in none of them are returned.
   */
  result(index: number, value: number): readonly number[] | undefined {
    const slot = this.#slots[index];
    if (slot === undefined) throw new RangeError(`the rung has no slot ${index}`);
    slot.value ??= value;
    return this.#slots.every((other) => other.value !== undefined) ? this.#advance() : undefined;
  }

  /** The trials that would be in the next rung if no more entered this one; none while some are on their way. */
  winners(): readonly number[] {
    const filled = this.#slots.filter(({ isTaken }) => isTaken);
    if (filled.some(({ value }) => value === undefined)) return [];
    return best(filled, this.rungs[this.#rung + 1]?.size ?? 0, this.#goal);
  }

  /** No more trials enter this rung: those that have, go on to the next. */
  close(): void {
    this.#slots = this.#slots.filter(({ isTaken }) => isTaken);
    this.#advance();
  }

  #advance(): readonly number[] {
    const next = best(this.#slots, this.rungs[this.#rung + 1]?.size ?? 0, this.#goal);
    const out = this.#slots.flatMap(({ trial }) => (trial === undefined || next.includes(trial) ? [] : [trial]));
    this.#rung += 1;
    this.#slots = next.map((trial) => ({ trial, isTaken: false, value: undefined }));
    return out;
  }
}

/**
 * The best `size` trials, best first; equals keep the order of their slots. Where fewer have a value: those in the order
 * of their slots, then failed ones likewise.
 */
function best(slots: readonly Slot[], size: number, goal: Goal): number[] {
  const valid = slots.filter(({ value = Number.NaN }) => !Number.isNaN(value));
  const failed = slots.filter((slot) => !valid.includes(slot));
  const ordered = valid.length >= size ? valid.toSorted((a, b) => order(a, b, goal)) : [...valid, ...failed];
  return ordered.slice(0, size).flatMap(({ trial }) => trial ?? []);
}

function order({ value: a = 0 }: Slot, { value: b = 0 }: Slot, goal: Goal): number {
  if (a === b) return 0;
  return isBetter(a, b, goal) ? -1 : 1;
}

/** A slot, and where it is. */
export interface Place extends FreeSlot {
  /** Counts brackets from 0 in the order they were opened. */
  readonly id: number;
}

/** Brackets one after the other, their kinds taking turns; a later one is opened when the earlier ones have no free slot. */
export class BracketQueue {
  readonly kinds: readonly (readonly RungSize[])[];
  readonly open: HalvingBracket[] = [];
  readonly #goal: Goal;

  constructor(kinds: readonly (readonly RungSize[])[], goal: Goal) {
    this.kinds = kinds;
    this.#goal = goal;
  }

  /** The slot to be filled next. */
  next(): Place {
    for (const [id, bracket] of this.open.entries()) {
      const slot = bracket.free();
      if (slot !== undefined) return { ...slot, id };
    }
    return { id: this.open.length, index: 0, trial: undefined };
  }

  /** The next slot for a new trial. */
  nextNew(): Place {
    const id = this.open.findIndex((bracket) => bracket.rung === 0 && bracket.free() !== undefined);
    const slot = this.open[id]?.free();
    return slot ? { ...slot, id } : { id: this.open.length, index: 0, trial: undefined };
  }

  /** Opened if it is not yet. */
  bracket(id: number): HalvingBracket {
    const found = this.open[id];
    if (found) return found;
    const opened = new HalvingBracket(this.kinds[id % this.kinds.length] ?? [], this.#goal);
    this.open[id] = opened;
    return opened;
  }
}
