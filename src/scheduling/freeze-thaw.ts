import type { FreezeThaw as Algorithm, Comparison, Study } from '../model.ts';
import { Rung } from './rungs.ts';
import type { Bracket, Entry, Promotable, Ruling, Scheduler } from './scheduler.ts';

/** How many quanta there are to the maximum where none is given. */
const QUANTA = 20;

/** Where trials pause: the multiples of the quantum from the minimum on and below the maximum, ascending. */
export function freezeLevels({ min, max }: Study['resource'], quantum = Math.ceil(max / QUANTA)): number[] {
  const levels: number[] = [];
  for (let level = quantum * Math.ceil(min / quantum); level < max; level += quantum) levels.push(level);
  return levels;
}

/** Freeze-thaw: each trial pauses after each quantum of training. Which goes on is not decided here, but by the model. */
export class FreezeThaw implements Scheduler {
  readonly pauses = true;
  readonly brackets: readonly Bracket[];
  readonly #rungs: ReadonlyMap<number, Rung>;
  readonly #max: number;
  /** The level each paused trial waits at. */
  readonly #waiting = new Map<number, Entry>();

  constructor({ goal, resource }: Pick<Study, 'goal' | 'resource'>, { quantum }: Pick<Algorithm, 'quantum'>) {
    const levels = freezeLevels(resource, quantum);
    this.brackets = [{ probability: 1, levels }];
    this.#rungs = new Map(levels.map((level) => [level, new Rung(level, Number.NaN, goal)]));
    this.#max = resource.max;
  }

  first(): number {
    return this.brackets[0]?.levels[0] ?? this.#max;
  }

  next(_: number, level: number): number {
    return this.brackets[0]?.levels.find((other) => other > level) ?? this.#max;
  }

  judge({ level, value }: Entry): Ruling {
    const rung = this.#rung(level);
    return { verdict: 'Pause', until: level, why: compare(rung, value, rung.size + 1) };
  }

  enter(entry: Entry): void {
    this.#rung(entry.level).enter(entry);
    this.#waiting.set(entry.trial, entry);
  }

  retire(trial: number): void {
    this.#waiting.delete(trial);
  }

  promotable(): undefined {}

  get waiting(): readonly Promotable[] {
    return [...this.#waiting.values()].map(({ trial, level, value }) => {
      const rung = this.#rung(level);
      return { trial, level, until: this.next(0, level), why: compare(rung, value, rung.size) };
    });
  }

  promoted(trial: number): void {
    this.#waiting.delete(trial);
  }

  #rung(level: number): Rung {
    const rung = this.#rungs.get(level);
    if (rung === undefined) throw new RangeError(`there is no rung at level ${level}`);
    return rung;
  }
}

function compare(rung: Rung, value: number, of: number): Comparison {
  return { value, rank: rung.rank(value), of, cut: undefined };
}
