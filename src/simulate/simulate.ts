/**
 * A study in virtual time: trials walk the curves of a table, and the same two functions that the operator asks decide
 * what happens next. A trial takes its row's seconds for each unit of resource; starting, stopping and resuming take
 * none. A unit that diverges fails the trial when it is over.
 */
import { answerAll, type Memory, type Plan, recall, schedule } from '../decide.ts';
import { startedTrial } from '../ledger.ts';
import type {
  Algorithm,
  Config,
  Decision,
  Observation,
  PromoteDecision,
  StartDecision,
  Study,
  Trial,
} from '../model.ts';
import { createSpace } from '../space/space.ts';
import { Misfortune, type Misfortunes } from './misfortune.ts';
import { Rows } from './rows.ts';
import { fullTraining, type Table } from './table.ts';

export interface Scenario {
  readonly table: Table;
  readonly algorithm: Algorithm;
  readonly seed: number;
  /** Trials that train at once. */
  readonly workers: number;
  /** Virtual time there is, in mean full trainings per worker. */
  readonly horizon: number;
  /** The lowest resource at which trials are compared; 1 when absent. */
  readonly minResource?: number | undefined;
  /** Tried first, as far as the table has them. */
  readonly initialTrials?: readonly Config[] | undefined;
  readonly misfortunes?: Misfortunes | undefined;
  /** Reads the ledger again for every decision instead of remembering it: slow, and the same. */
  readonly rereads?: boolean | undefined;
  /** Milliseconds, only to measure how long suggestions take. */
  readonly clock: () => number;
}

/** A value better than all before. */
export interface Improvement {
  /** In mean full trainings per worker. */
  readonly time: number;
  readonly value: number;
}

export interface Outcome {
  /** Trial n at index n − 1. */
  readonly trials: readonly Trial[];
  /** When each was started, in mean full trainings per worker. */
  readonly startTimes: readonly number[];
  readonly improvements: readonly Improvement[];
  /** Units of resource trained, diverged and lost ones included. */
  readonly units: number;
  /** Starts and promotions. */
  readonly suggests: number;
  /** Spent on finding configurations, in milliseconds of the clock. */
  readonly suggestMs: number;
}

/** The study that is simulated. */
export function studyOf(scenario: Omit<Scenario, 'clock'>): Study {
  const { table, algorithm, seed, workers, minResource = 1 } = scenario;
  return {
    seed,
    goal: 'Minimize',
    resource: { min: minResource, max: table.maxResource },
    parameters: table.parameters,
    algorithm,
    // A table need not have the mid-point of its space.
    initialTrials: rowsAmong(scenario.initialTrials ?? [], table),
    parallelism: workers,
    maxTrials: table.configs.length,
    open: true,
  };
}

/** The configurations that are rows of the table. */
function rowsAmong(configs: readonly Config[], table: Table): readonly Config[] {
  const space = createSpace(table.parameters);
  const valid = configs.filter((config) => space.check(config).length === 0);
  const rows = valid.length === 0 ? new Set() : new Set(table.configs.map((config) => space.key(config)));
  return valid.filter((config) => rows.has(space.key(space.complete(config))));
}

export function simulate(scenario: Scenario): Outcome {
  const simulation = new Simulation(scenario);
  simulation.run();
  return simulation.outcome();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #study: Study;
  readonly #rows: Rows;
  readonly #full: number;
  readonly #misfortune: Misfortune;
  /** Trial n at index n − 1. */
  readonly #trials: Trial[] = [];
  /** When the unit under way is over, by trial. */
  readonly #running = new Map<number, number>();
  /** How long each trial has trained, in seconds. */
  readonly #trained = new Map<number, number>();
  readonly #startTimes: number[] = [];
  readonly #improvements: Improvement[] = [];
  #memory: Memory | undefined;
  #best = Number.POSITIVE_INFINITY;
  #units = 0;
  #suggests = 0;
  #suggestMs = 0;

  constructor(scenario: Scenario) {
    const { table, seed, misfortunes = {} } = scenario;
    this.#scenario = scenario;
    this.#study = studyOf(scenario);
    this.#rows = new Rows(table.configs, createSpace(table.parameters));
    this.#full = fullTraining(table);
    this.#misfortune = new Misfortune(misfortunes, seed);
  }

  run(): void {
    const end = this.#scenario.horizon * this.#full;
    this.#settle(0);
    for (let next = this.#next(); next !== undefined && next.time <= end; next = this.#next()) {
      this.#unit(next.trial, next.time);
    }
  }

  outcome(): Outcome {
    return {
      trials: this.#trials,
      startTimes: this.#startTimes,
      improvements: this.#improvements,
      units: this.#units,
      suggests: this.#suggests,
      suggestMs: this.#suggestMs,
    };
  }

  /** The unit of training that is over first; of several, that of the earliest trial. */
  #next(): { readonly trial: Trial; readonly time: number } | undefined {
    let number = 0;
    let time = Number.POSITIVE_INFINITY;
    for (const [other, at] of this.#running) {
      if (at < time || (at === time && other < number)) [number, time] = [other, at];
    }
    const trial = this.#trials[number - 1];
    return trial && { trial, time };
  }

  /** A unit of a trial's training is over. */
  #unit(trial: Trial, now: number): void {
    this.#units += 1;
    this.#trained.set(trial.number, (this.#trained.get(trial.number) ?? 0) + this.#unitSeconds(trial));
    this.#train(trial, now);
    if (this.#misfortune.isLost(trial.number)) return;
    const reached = (trial.observations.at(-1)?.resource ?? 0) + 1;
    const value = this.#scenario.table.curves[this.#rows.of(trial.number)]?.[reached - 1] ?? undefined;
    if (value === undefined) this.#release({ ...trial, state: 'Failed', fault: 'Diverged' }, now);
    else {
      const seconds = this.#trained.get(trial.number);
      this.#report(trial, { resource: reached, value, at: now * 1000, seconds }, now);
    }
  }

  #report(trial: Trial, observation: Observation, now: number): void {
    this.#improve(observation.value, now);
    const observations = [...trial.observations, observation];
    const reached = observation.resource;
    const state = this.#stateAt(reached, trial.until);
    if (state === 'Active' && reached < trial.until) this.#put({ ...trial, observations });
    else this.#release({ ...trial, observations, state }, now);
  }

  #stateAt(reached: number, until: number): Trial['state'] {
    if (reached >= this.#study.resource.max) return 'Completed';
    return reached >= until && this.#recalled().scheduler.pauses ? 'Paused' : 'Active';
  }

  /** Something to decide: a trial reached its level or ended. */
  #release(trial: Trial, now: number): void {
    this.#put(trial);
    if (trial.state !== 'Active') this.#running.delete(trial.number);
    this.#settle(now);
  }

  /** Decides until there is nothing left to decide. */
  #settle(now: number): void {
    for (;;) {
      if (this.#scenario.rereads) this.#memory = undefined;
      const input = { study: this.#study, trials: this.#trials };
      const plan = schedule(input, this.#recalled());
      for (const decision of plan.decisions) this.#apply(decision, now);
      const filled = this.#fill(plan, now);
      if (filled < plan.openings.length) this.#memory = undefined;
      if (plan.decisions.length === 0 && filled === 0) return;
    }
  }

  #recalled(): Memory {
    this.#memory ??= recall({ study: this.#study, trials: this.#trials });
    return this.#memory;
  }

  /** Returns how many openings were filled. */
  #fill({ openings, decisions }: Plan, now: number): number {
    const seq = this.#recalled().seq - openings.length + 1;
    this.#suggests += openings.length + decisions.filter(({ kind }) => kind === 'Promote').length;
    const from = this.#scenario.clock();
    const input = { study: this.#study, trials: this.#trials, candidates: this.#rows.untried };
    const answers = answerAll(input, openings);
    this.#suggestMs += this.#scenario.clock() - from;
    for (const [i, answer] of answers.entries()) this.#take({ ...answer, seq: seq + i }, now);
    return answers.length;
  }

  #take(decision: StartDecision | PromoteDecision, now: number): void {
    if (decision.kind === 'Start') {
      this.#begin(decision, now);
    } else {
      this.#apply(decision, now);
      this.#recalled().scheduler.promoted(decision.trial, decision.level);
    }
  }

  #begin(decision: StartDecision, now: number): void {
    this.#rows.take(decision.trial, decision.config);
    this.#startTimes.push(now / this.#full);
    this.#put(startedTrial(decision));
    this.#train(startedTrial(decision), now);
  }

  #apply(decision: Exclude<Decision, StartDecision>, now: number): void {
    const trial = this.#trials[decision.trial - 1];
    if (!trial) throw new RangeError(`there is no trial ${decision.trial}`);
    const { seq, kind, level } = decision;
    const known = kind === 'Promote' ? decision.known : undefined;
    const decisions = [...trial.decisions, { seq, kind, level, ...(known !== undefined && { known }) }];
    const until = 'until' in decision ? Math.max(trial.until, decision.until) : trial.until;
    const decided = { ...trial, decisions, until, state: STATE_AFTER[kind] ?? trial.state };
    this.#put(decided);
    if (decided.state === 'Stopped') this.#running.delete(trial.number);
    if (kind === 'Promote') this.#train(decided, now);
  }

  /** One more unit. */
  #train(trial: Trial, now: number): void {
    this.#running.set(trial.number, now + this.#unitSeconds(trial));
  }

  #unitSeconds({ number }: Trial): number {
    const seconds = this.#scenario.table.seconds[this.#rows.of(number)] ?? 0;
    return seconds * this.#misfortune.slowness(number);
  }

  #put(trial: Trial): void {
    this.#trials[trial.number - 1] = trial;
  }

  #improve(value: number, now: number): void {
    if (value >= this.#best) return;
    this.#best = value;
    this.#improvements.push({ time: now / this.#full, value });
  }
}

const STATE_AFTER: { readonly [K in Decision['kind']]?: Trial['state'] } = { Stop: 'Stopped', Promote: 'Active' };

/** The best value seen by each time, undefined while there is none. */
export function bestBy(improvements: readonly Improvement[], time: number): number | undefined {
  return improvements.findLast((improvement) => improvement.time <= time)?.value;
}
