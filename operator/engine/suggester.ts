/**
 * Configurations for free slots, found outside the reconcile: a reconcile asks, goes on, and is woken when they are
 * there. What is kept here is work under way and nothing else: losing it costs time, never a decision.
 */

import type { Answer, Input, Opening } from '../../src/decide.ts';
import { lastSeq } from '../../src/ledger.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Telemetry } from '../telemetry.ts';

/** Fills each opening in turn, each answer knowing the ones before; fewer when there is nothing left to try. */
export type Suggest = (input: Input, openings: readonly Opening[]) => Promise<readonly Suggested[]>;

export type Suggested = Answer;

export interface SuggesterOptions {
  readonly suggest: Suggest;
  /** A study's suggestions are there, or could not be made: look at it again. */
  readonly onSettled: (key: string) => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'suggested'>;
}

interface Wanted {
  readonly uid: string;
  readonly input: Input;
  readonly openings: readonly Opening[];
}

export interface Taken {
  readonly suggestions: readonly Suggested[];
  /** No other configuration could be found. */
  readonly isExhausted: boolean;
}

interface Asked {
  readonly uid: string;
  readonly openings: readonly Opening[];
  /** The last decision on record when it was asked. */
  readonly known: number;
  outcome: { readonly suggestions: readonly Suggested[] } | { readonly error: unknown } | undefined;
}

export class Suggester {
  readonly #options: SuggesterOptions;
  readonly #asked = new Map<string, Asked>();

  constructor(options: SuggesterOptions) {
    this.#options = options;
  }

  /**
   * The suggestions for these openings of the study `key`, for as many as were asked for; undefined while they are being
   * made. Throws what making them threw, once. Suggestions for other openings than the present ones are thrown away.
   */
  take(key: string, { uid, input, openings }: Wanted): Taken | undefined {
    const asked = this.#asked.get(key);
    const known = lastSeq(input.trials);
    if (asked?.uid === uid && asked.outcome === undefined) return undefined;
    if (asked?.uid === uid && asked.outcome && isPrefix(asked.openings, openings)) {
      if (asked.known === known || !isNothing(asked.outcome)) return this.#hand(key, asked.outcome);
    }
    this.#ask(key, { uid, openings, known, outcome: undefined }, input);
    return undefined;
  }

  #hand(key: string, outcome: NonNullable<Asked['outcome']>): Taken {
    const { suggestions, error } = { suggestions: [], error: undefined, ...outcome };
    // That nothing is left to suggest is remembered as long as nothing changes.
    if (suggestions.length > 0 || error !== undefined) this.#asked.delete(key);
    if (error !== undefined) throw error;
    return { suggestions, isExhausted: suggestions.length === 0 };
  }

  forget(key: string): void {
    this.#asked.delete(key);
  }

  #ask(key: string, asked: Asked, input: Input): void {
    this.#asked.set(key, asked);
    const { suggest, onSettled, clock, telemetry } = this.#options;
    const askedAt = clock.now();
    suggest(input, asked.openings)
      .then(
        (suggestions) => {
          asked.outcome = { suggestions };
        },
        (error: unknown) => {
          asked.outcome = { error };
        },
      )
      .finally(() => {
        telemetry.suggested((clock.now() - askedAt) / 1000);
        onSettled(key);
      })
      .catch(() => undefined); // onSettled only adds a key to a queue
  }
}

/** A later decision may change that nothing is left: a paused trial may have become worth going on with. */
function isNothing(outcome: NonNullable<Asked['outcome']>): boolean {
  return 'suggestions' in outcome && outcome.suggestions.length === 0;
}

/** More slots may have become free since: what was asked for is still right. */
function isPrefix(asked: readonly Opening[], now: readonly Opening[]): boolean {
  if (asked.length > now.length) return false;
  return asked.every((opening, i) => {
    const other = now[i];
    return other?.number === opening.number && other.bracket === opening.bracket && other.until === opening.until;
  });
}
