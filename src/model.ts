/**
 * The vocabulary of the engine: what it is asked about (`Study`, `Trial`) and what it answers (`Decision`).
 *
 * Terms: a trial trains one configuration; *resource* r is training effort (epochs, steps), an integer in [min, max];
 * a *rung* is a resource level at which trials are compared; `until` is the level a trial may run to.
 */
import type { AcquisitionName } from './acquisition/registry.ts';
import type { JointKernelName } from './kernels/registry.ts';

/** A parameter's value: a number for float, int and ordinal parameters, a string for categorical ones. */
export type Value = number | string;

/** One point of the search space: the active parameters by name. Inactive parameters have no entry. */
export type Config = Readonly<Record<string, Value>>;

export type Scale = 'Linear' | 'Log' | 'ReverseLog';

/** Active only in configurations where `parameter` is active and has one of these values. */
export interface Condition {
  readonly parameter: string;
  readonly in: readonly Value[];
}

interface Named {
  readonly name: string;
  readonly activeWhen?: Condition | undefined;
}

/** A real number in [min, max]; with `steps`, one of that many values spaced evenly on the scale, both ends included. */
export interface FloatParameter extends Named {
  readonly type: 'float';
  readonly min: number;
  readonly max: number;
  readonly scale: Scale;
  readonly steps?: number | undefined;
}

/** An integer in [min, max]; with `steps`, one of that many values spaced evenly on the scale and rounded. */
export interface IntParameter extends Named {
  readonly type: 'int';
  readonly min: number;
  readonly max: number;
  readonly scale: 'Linear' | 'Log';
  readonly steps?: number | undefined;
}

/** One of some unordered values. */
export interface CategoricalParameter extends Named {
  readonly type: 'categorical';
  readonly values: readonly Value[];
}

/**
 * One of some values in increasing order. `Equal`: neighbours are equally far apart; `Nearest` and `NearestLog`: as far
 * apart as their values (or the values' logarithms).
 */
export interface OrdinalParameter extends Named {
  readonly type: 'ordinal';
  readonly values: readonly Value[];
  readonly spacing: 'Equal' | 'Nearest' | 'NearestLog';
}

export type Parameter = FloatParameter | IntParameter | CategoricalParameter | OrdinalParameter;

export type Goal = 'Minimize' | 'Maximize';

/** How far trials run, asynchronously: successive halving and Hyperband (Li et al. 2018, arXiv 1810.05934). */
export interface Halving {
  /** Stopping: trials run on until they are stopped. Promotion: trials pause at each rung until they are promoted. */
  readonly scheduling: 'Stopping' | 'Promotion';
  /** eta: about one trial in eta passes a rung. */
  readonly reductionFactor: number;
  /** About this share of trials passes each rung, in (0, 1]; the rung's level over the next one when absent. */
  readonly passing?: number | undefined;
  /** Bracket s skips the lowest s rungs. */
  readonly brackets: number;
  /** Shared: all brackets use the same rungs. PerBracket: trials compete within their bracket only. */
  readonly rungs: 'Shared' | 'PerBracket';
  /**
   * Quantile: pass when at least as good as the quantile. TopK: pass when among the best k, as in the ASHA paper.
   * CostAware, for Promotion: pass when among the best that together cost no more than their share.
   */
  readonly rule: 'Quantile' | 'TopK' | 'CostAware' | 'Latest';
  /** InitialTrials: pass only when at least as good, too, as the best initial trial that passed (RUSH). None when absent. */
  readonly thresholds?: 'None' | 'InitialTrials' | undefined;
  /** Growing, for Promotion in one bracket: higher rungs are used once lower ones disagree (PASHA). Fixed when absent. */
  readonly maxResource?: 'Fixed' | 'Growing' | undefined;
  /** Explicit rung levels below the maximum, instead of min · etaᵏ. */
  readonly rungLevels?: readonly number[] | undefined;
}

/** Asynchronous successive halving (ASHA) and Hyperband with random configurations. */
export interface AsynchronousHyperband extends Halving {
  readonly type: 'asynchronousHyperband';
}

/** How configurations are proposed by a Gaussian process. */
export interface Proposing {
  /** Covariance over configuration and resource. */
  readonly kernel: JointKernelName;
  /** Of the kernel: one for each parameter (when absent), or one for each coordinate. */
  readonly bandwidths?: 'PerParameter' | 'PerCoordinate' | undefined;
  /** Whether coordinates of numbers are warped (Kumaraswamy). */
  readonly inputWarping: boolean;
  readonly acquisition: AcquisitionName;
  /** How many deviations below its mean a confidence bound is; 1 when absent. */
  readonly confidence?: number | undefined;
  /** How much cost counts in an acquisition per cost: from 0, not at all, to 1 (when absent). */
  readonly costExponent?: number | undefined;
  /** Where candidates are compared: the highest level with enough observations, the trial's first, or the maximum. */
  readonly acquisitionLevel: 'Data' | 'First' | 'Final';
  /** Draws that stand for each pending evaluation; 0 leaves them out. */
  readonly fantasies: number;
  /** So many different configurations before the first from the model. */
  readonly initialRandom: number;
  /** With more observations than this the model sees a part of them. */
  readonly maxObservations: number;
  /** Kept (when absent): the model sees them. Clipped: no value is further above the median than the best is below it. */
  readonly worstValues?: 'Kept' | 'Clipped' | undefined;
  /** When hyperparameters are fitted again: exactly one of these, or as the searcher has it when absent. */
  readonly refit?: Refit | undefined;
}

export interface Refit {
  /** When there are this share more observations than at the last fit. */
  readonly growth?: number | undefined;
  /** Up to `always` observations at each new one; beyond, at every so-manieth. */
  readonly period?: { readonly always: number; readonly every: number } | undefined;
}

/** What the model sees of trials that are compared at rungs. */
export interface Seeing {
  /**
   * Rungs: observations at all rungs, also at those a bracket skips, and the results of trials whose code ended between
   * them. RungsAndLast (when absent): observations at the rungs of the trial's bracket, and its last one. All: every one.
   * Those above the last rung at which something was decided are not known yet.
   */
  readonly observations?: 'Rungs' | 'RungsAndLast' | 'All' | undefined;
  /** Where trials under way are being evaluated: at the level they may run to (when absent), one unit on, or at each unit. */
  readonly pending?: 'NextRung' | 'NextUnit' | 'EveryUnit' | undefined;
}

/** What is learned from how well the model of each resource level ranks configurations (Hyper-Tune, arXiv 2201.06834). */
export interface Trusting {
  /**
   * How often each bracket gets a new trial. Hyperband (when absent): so that brackets get about the same resource.
   * Learned: by how far the level it starts at can be trusted, for what the level costs.
   */
  readonly bracketDistribution?: 'Hyperband' | 'Learned' | undefined;
  /** Whether all levels predict together, each as far as it can be trusted; with the kernel IndependentPerLevel. */
  readonly ensemble?: boolean | undefined;
}

/** A-BOHB: asynchronous Hyperband with a Gaussian process over configuration and resource (arXiv 2003.10865). */
export interface Abohb extends Halving, Proposing, Seeing, Trusting {
  readonly type: 'abohb';
}

/** Asynchronous Bayesian optimisation: each trial trained to the maximum resource. */
export interface BayesianOptimization extends Omit<Proposing, 'kernel' | 'acquisitionLevel'> {
  readonly type: 'bayesianOptimization';
}

/** Configurations drawn independently, each trained to the maximum resource. */
export interface RandomSearch {
  readonly type: 'randomSearch';
}

/** Hyperband with rungs of fixed size (reference: Li et al. 2017, arXiv 1603.06560). */
export interface Hyperband {
  readonly type: 'hyperband';
  /** eta: about one trial in eta passes a rung. */
  readonly reductionFactor: number;
  /** At most so many kinds of brackets; all there are when absent. */
  readonly brackets?: number | undefined;
}

/** Mutations of good configurations, each trained to the maximum resource (reference: Real et al. 2019, arXiv 1802.01548). */
export interface RegularizedEvolution {
  readonly type: 'regularizedEvolution';
  /** How many of the latest results take part. */
  readonly population: number;
  /** How many of them are drawn to find a parent. */
  readonly sample: number;
}

/** Hyperband with configurations from kernel density estimates (reference: Falkner et al. 2018, arXiv 1807.01774). */
export interface Bohb {
  readonly type: 'bohb';
  /** Synchronous: rungs of fixed size, as in the paper. Stopping, Promotion: asynchronous. */
  readonly scheduling: 'Synchronous' | 'Stopping' | 'Promotion';
  /** eta: about one trial in eta passes a rung. */
  readonly reductionFactor: number;
  /** At most so many brackets; when absent all there are, of an asynchronous one the first. */
  readonly brackets?: number | undefined;
}

/** Trials that pause after each quantum of training, and a model of their curves that chooses (arXiv 1406.3896). */
export interface FreezeThaw {
  readonly type: 'freezeThaw';
  /** Resource between two pauses; a twentieth of the maximum when absent. */
  readonly quantum?: number | undefined;
  /** So many different configurations before the model chooses. */
  readonly initialRandom: number;
  /** Draws that stand for each pending evaluation; 0 leaves them out. */
  readonly fantasies: number;
  /** With more observations than this the model sees a part of them. */
  readonly maxObservations: number;
}

export type Algorithm =
  | Abohb
  | AsynchronousHyperband
  | BayesianOptimization
  | Bohb
  | FreezeThaw
  | Hyperband
  | RandomSearch
  | RegularizedEvolution;

type Members = { readonly [A in Algorithm as A['type']]: A };

/** Algorithms by their type, as the compiler can follow it: what is filed under T takes an algorithm of type T. */
export type AlgorithmOf = { readonly [T in keyof Members]: Members[T] & { readonly type: T } };

/** What the engine needs to know of a study. Limits that depend on time or money are the caller's. */
export interface Study {
  /** Determines every random draw, together with what the draw is for. */
  readonly seed: number;
  readonly goal: Goal;
  readonly resource: { readonly min: number; readonly max: number };
  readonly parameters: readonly Parameter[];
  readonly algorithm: Algorithm;
  /** Tried first, in this order; parameters they leave out take their default. Undefined: the space's mid-point. */
  readonly initialTrials?: readonly Config[] | undefined;
  /** At most this many trials occupy a slot at once. */
  readonly parallelism: number;
  /** At most this many trials are started. */
  readonly maxTrials?: number | undefined;
  /** How many were started as far as is known otherwise: of those, some may be gone. Undefined: 0. */
  readonly created?: number | undefined;
  /** False: nothing is started or promoted (suspended or ended); reports are still judged. */
  readonly open: boolean;
}

/** The objective's value after `resource` units of training. Finite: a NaN or an infinity is a failed trial instead. */
export interface Observation {
  readonly resource: number;
  readonly value: number;
  /** When it was observed, in milliseconds since the epoch: orders reports nobody has judged yet. */
  readonly at: number;
  /** How long the trial's runs had taken by then, what was lost or repeated included, waiting not; where that is known. */
  readonly seconds?: number | undefined;
}

/**
 * Active: occupies a slot (its Job exists or is about to). Paused: reached `until` and released its slot.
 * Completed: reached the maximum, or its code ended before it. Stopped: decided against. Failed: ended without a result.
 */
export type TrialState = 'Active' | 'Paused' | 'Completed' | 'Stopped' | 'Failed';

/**
 * How a trial failed through its configuration. Infeasible: it cannot be trained, whatever was reported before.
 * Diverged: its metric was no number any more. Crashed: its code or its memory gave out; that says something about the
 * configuration only where nothing was reported before.
 */
export type Fault = 'Infeasible' | 'Diverged' | 'Crashed';

export type DecisionKind = 'Start' | 'Continue' | 'Pause' | 'Promote' | 'Stop' | 'Complete' | 'Fail';

/**
 * One entry of the study's ledger, kept on the trial it concerns. `seq` counts through the whole study, so that sorting
 * all trials' entries by it gives back exactly what was known at each decision.
 */
export interface Recorded {
  readonly seq: number;
  readonly kind: DecisionKind;
  /** The rung level (or the maximum resource) the decision was taken at; absent for Start. */
  readonly level?: number | undefined;
  /** Of what a searcher chose, a Start or some Promotes: it was found from what was known after this decision. */
  readonly known?: number | undefined;
}

/** Where a configuration came from. */
export type Origin = 'Initial' | 'Random' | 'Model' | 'User';

/**
 * Why a model proposed a configuration: how promising it was where it was compared with others. In units of the metric
 * and of its sign, so that a maximised metric is predicted as it would be reported; rounded for people. All finite.
 */
export interface Proposal {
  /** The resource level at which configurations were compared. */
  readonly level: number;
  /**
   * The more the better, but for the confidence bound of a metric to be minimised: the expected improvement, the same
   * per cost (that of the average trial being 1), the confidence bound; of densities, how much likelier it is among good configurations than among others.
   */
  readonly acquisition: number;
  /** The metric at that level as predicted; absent where a model predicts none. */
  readonly mean?: number | undefined;
  /** The prediction's standard deviation. */
  readonly deviation?: number | undefined;
}

export interface Trial {
  /** Counts from 1 through the study. */
  readonly number: number;
  readonly config: Config;
  readonly bracket: number;
  /** The resource level it may run to: above a rung's level once it has passed that rung. */
  readonly until: number;
  readonly state: TrialState;
  /** Of a failed trial; absent where its configuration is not to blame. */
  readonly fault?: Fault | undefined;
  /** In increasing order of resource. */
  readonly observations: readonly Observation[];
  /** In increasing order of seq; the first is Start. */
  readonly decisions: readonly Recorded[];
  /** Where its configuration came from. */
  readonly origin?: Origin | undefined;
  /** Why it was proposed: to explain and to check, nothing is decided by it. */
  readonly proposal?: Proposal | undefined;
}

/** Why a trial passed, paused or was stopped at a rung: its rank among the entries known then, and the cut. */
export interface Comparison {
  readonly value: number;
  /** 1 is best; ties share the better rank. */
  readonly rank: number;
  readonly of: number;
  /** The worst value that passes; undefined while there are too few entries to tell. */
  readonly cut: number | undefined;
}

export interface StartDecision {
  readonly kind: 'Start';
  readonly seq: number;
  /** The configuration was found from what was known after the decision of this number. */
  readonly known: number;
  readonly trial: number;
  readonly config: Config;
  readonly bracket: number;
  readonly until: number;
  readonly origin: Origin;
  /** Of a configuration that a model proposed. */
  readonly proposal?: Proposal | undefined;
}

/** A trial reached a rung and was compared with the others there. */
export interface RungDecision {
  readonly kind: 'Continue' | 'Pause' | 'Stop';
  readonly seq: number;
  readonly trial: number;
  readonly level: number;
  /** Unchanged for Pause and Stop. */
  readonly until: number;
  readonly why: Comparison;
}

/** A paused trial may run to the next level. */
export interface PromoteDecision {
  readonly kind: 'Promote';
  readonly seq: number;
  /** Where the searcher chose the trial: from what was known after the decision of this number. */
  readonly known?: number | undefined;
  readonly trial: number;
  readonly level: number;
  readonly until: number;
  readonly why: Comparison;
}

/** Takes note, in the ledger, that a trial ended by itself: from here on the engine knows. */
export interface EndDecision {
  readonly kind: 'Complete' | 'Fail';
  readonly seq: number;
  readonly trial: number;
  /** The highest resource it reached; 0 when it reported nothing. */
  readonly level: number;
}

export type Decision = StartDecision | RungDecision | PromoteDecision | EndDecision;
