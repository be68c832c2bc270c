import { type Rng, stream } from '../rng.ts';

/** What goes wrong in a cluster. */
export interface Misfortunes {
  /** Trials that train `factor` times slower than they should: with this probability. */
  readonly straggle?: { readonly probability: number; readonly factor: number } | undefined;
  /** The probability, below 1, that a unit of training is lost with its worker and must be repeated. */
  readonly lose?: number | undefined;
}

/** Every trial has its own luck, so that one trial's never depends on another's. */
export class Misfortune {
  readonly #misfortunes: Misfortunes;
  readonly #seed: number;
  readonly #luck = new Map<number, Rng>();

  constructor(misfortunes: Misfortunes, seed: number) {
    this.#misfortunes = misfortunes;
    this.#seed = seed;
  }

  /** How many times longer than it should a unit of this trial takes. */
  slowness(trial: number): number {
    const { straggle } = this.#misfortunes;
    if (!straggle) return 1;
    return stream(this.#seed, 'straggle', trial).uniform() < straggle.probability ? straggle.factor : 1;
  }

  /** Whether the unit that is over now was lost. */
  isLost(trial: number): boolean {
    const { lose = 0 } = this.#misfortunes;
    if (lose === 0) return false;
    const luck = this.#luck.get(trial) ?? stream(this.#seed, 'lose', trial);
    this.#luck.set(trial, luck);
    return luck.uniform() < lose;
  }
}
