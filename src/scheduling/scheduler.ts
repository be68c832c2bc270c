import type { AlgorithmOf, Bohb, Comparison, Observation, Study } from '../model.ts';
import { AsynchronousHyperband } from './asynchronous-hyperband.ts';
import { FreezeThaw } from './freeze-thaw.ts';
import { fullResource } from './full-resource.ts';
import { Hyperband } from './hyperband.ts';

/** A trial's first value at a rung of its bracket. */
export interface Entry {
  readonly trial: number;
  readonly bracket: number;
  readonly level: number;
  /** Finite. */
  readonly value: number;
  /** What the trial has cost so far, in seconds of training; the level when absent. */
  readonly cost?: number | undefined;
  /** Whether its configuration is one of the study's initial trials. */
  readonly isGiven?: boolean | undefined;
  /** Its curve up to here. */
  readonly curve?: readonly Pick<Observation, 'resource' | 'value'>[] | undefined;
}

export interface Ruling {
  /** Continue: runs on. Pause: releases its slot and waits to be promoted. Stop: decided against. */
  readonly verdict: 'Continue' | 'Pause' | 'Stop';
  /** The level it may run to; the rung's own level for Pause and Stop. */
  readonly until: number;
  readonly why: Comparison;
}

/** A paused trial that may go on. */
export interface Promotable {
  readonly trial: number;
  /** The rung it is promoted from. */
  readonly level: number;
  /** The level it may run to. */
  readonly until: number;
  readonly why: Comparison;
}

export interface Bracket {
  /** How likely a free slot is to be given to this bracket. */
  readonly probability: number;
  /** Its rung levels, ascending, below the maximum resource. */
  readonly levels: readonly number[];
}

/**
 * Decides how far trials run. It remembers what was entered, promoted and retired, and nothing else: replaying a study's
 * ledger gives the same scheduler again. Levels must be rungs of the bracket, otherwise a RangeError is thrown.
 */
export interface Scheduler {
  /** True when a trial ends at `until` and waits there to be promoted. */
  readonly pauses: boolean;
  readonly brackets: readonly Bracket[];
  /** The level a new trial of this bracket may run to first. */
  first(bracket: number): number;
  /** The next level above `level` that a trial of this bracket may run to: the maximum resource above its top rung. */
  next(bracket: number, level: number): number;
  /** The bracket whose turn it is, where brackets take turns instead of being drawn. */
  turn?(): number;
  /** Notes that a trial of this bracket was started, where that matters. */
  started?(trial: number, bracket: number): void;
  /** Judges an entry as if it were made now. Changes nothing. */
  judge(entry: Entry): Ruling;
  /** Makes an entry. A trial enters a rung once. */
  enter(entry: Entry): void;
  /** Takes a trial out of promotion for good (stopped, failed, gone); its entries stay. */
  retire(trial: number): void;
  /** The trial to promote when a slot is free and this bracket was drawn. mayStart: new trials may come. Changes nothing. */
  promotable(bracket: number, mayStart?: boolean): Promotable | undefined;
  /** Paused trials of which the searcher, not this scheduler, chooses who goes on; absent where it never does. */
  readonly waiting?: readonly Promotable[];
  /** Notes that a trial was promoted from this level. */
  promoted(trial: number, level: number): void;
}

/** The rung levels of all brackets, ascending. */
export function allLevels({ brackets }: Pick<Scheduler, 'brackets'>): readonly number[] {
  return [...new Set(brackets.flatMap(({ levels }) => levels))].sort((a, b) => a - b);
}

type Setting = Pick<Study, 'goal' | 'resource'>;

/** How far each algorithm's trials run. */
const SCHEDULERS: { readonly [T in keyof AlgorithmOf]: (study: Setting, algorithm: AlgorithmOf[T]) => Scheduler } = {
  abohb: (study, algorithm) => new AsynchronousHyperband(study, algorithm),
  asynchronousHyperband: (study, algorithm) => new AsynchronousHyperband(study, algorithm),
  bayesianOptimization: ({ resource }) => fullResource(resource.max),
  bohb: bohbScheduler,
  freezeThaw: (study, algorithm) => new FreezeThaw(study, algorithm),
  hyperband: (study, algorithm) => new Hyperband(study, algorithm),
  randomSearch: ({ resource }) => fullResource(resource.max),
  regularizedEvolution: ({ resource }) => fullResource(resource.max),
};

/** The scheduler of a study's algorithm, before anything was reported. */
export function createScheduler(study: Setting & Pick<Study, 'algorithm'>): Scheduler {
  return schedulerOf(study, study.algorithm);
}

function schedulerOf<T extends keyof AlgorithmOf>(study: Setting, algorithm: AlgorithmOf[T]): Scheduler {
  return SCHEDULERS[algorithm.type](study, algorithm);
}

function bohbScheduler(study: Setting, algorithm: Bohb): Scheduler {
  const { scheduling, reductionFactor, brackets } = algorithm;
  if (scheduling === 'Synchronous') return new Hyperband(study, { type: 'hyperband', reductionFactor, brackets });
  const shared = { rungs: 'Shared', rule: 'Quantile' } as const;
  return new AsynchronousHyperband(study, { ...shared, scheduling, reductionFactor, brackets: brackets ?? 1 });
}
