import type { Config } from '../model.ts';
import type { Space } from '../space/space.ts';

/** Which trial trains which row of a table, and which rows are left. */
export class Rows {
  readonly #configs: readonly Config[];
  readonly #byKey: ReadonlyMap<string, number>;
  readonly #space: Space;
  readonly #ofTrial = new Map<number, number>();
  #untried: readonly Config[];

  constructor(configs: readonly Config[], space: Space) {
    this.#configs = configs;
    this.#space = space;
    this.#byKey = new Map(configs.map((config, row) => [space.key(config), row]));
    this.#untried = configs;
  }

  get untried(): readonly Config[] {
    return this.#untried;
  }

  /** The row is the trial's from now on. */
  take(trial: number, config: Config): void {
    const row = this.#byKey.get(this.#space.key(config));
    if (row === undefined) throw new RangeError(`no row has the configuration ${JSON.stringify(config)}`);
    this.#ofTrial.set(trial, row);
    this.#untried = this.#untried.filter((other) => other !== this.#configs[row]);
  }

  of(trial: number): number {
    return this.#ofTrial.get(trial) ?? -1;
  }
}
