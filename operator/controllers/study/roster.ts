/** The Trials of a Study as a round has left them, and what is worked out of all of them until one changes. */
import type * as engine from '../../../src/model.ts';
import type { Best, Study } from '../../api/study.ts';
import type { Trial } from '../../api/trial.ts';
import { engineTrial } from '../../observe.ts';
import { best } from './study-status.ts';

export class Roster {
  readonly #study: Study;
  /** By number and in the order of their numbers. */
  readonly #trials: Map<number, Trial>;
  #views: Views;

  constructor(study: Study, trials: readonly Trial[]) {
    this.#study = study;
    const sorted = trials.toSorted((a, b) => a.spec.number - b.spec.number);
    this.#trials = new Map(sorted.map((trial) => [trial.spec.number, trial]));
    this.#views = { all: sorted };
  }

  /** In the order of their numbers. */
  get all(): readonly Trial[] {
    this.#views.all ??= [...this.#trials.values()];
    return this.#views.all;
  }

  /** As the engine sees them, in the same order. */
  get engine(): readonly engine.Trial[] {
    this.#views.engine ??= this.all.map(engineTrial);
    return this.#views.engine;
  }

  get best(): Best | undefined {
    this.#views.best ??= { found: best(this.#study, this.all) };
    return this.#views.best.found;
  }

  get(number: number): Trial | undefined {
    return this.#trials.get(number);
  }

  /** A new Trial has the highest number. */
  set(trial: Trial): void {
    this.#trials.set(trial.spec.number, trial);
    this.#views = {};
  }
}

interface Views {
  all?: readonly Trial[];
  engine?: readonly engine.Trial[];
  best?: { readonly found: Best | undefined };
}
