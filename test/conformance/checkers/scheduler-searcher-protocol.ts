import type { AsynchronousHyperband, Study, Trial } from '../../../src/model.ts';
import { createScheduler, type Scheduler } from '../../../src/scheduling/scheduler.ts';
import { observations, pendingEvaluations, type Where, type Which } from '../../../src/searching/evidence.ts';
import { differences } from '../compare.ts';
import { goalOf, type Mode } from '../goal.ts';

interface Case {
  readonly type: 'stopping' | 'promotion';
  readonly mode: Mode;
  readonly r_min: number;
  readonly eta: number;
  readonly r_max: number;
  readonly brackets: number;
  readonly rung_levels: readonly number[];
  readonly searcher_data: 'rungs' | 'all' | 'rungs_and_last';
  readonly register_pending_myopic: boolean;
  readonly events: readonly (Suggest | Report | Failure)[];
}

interface Told {
  readonly trial: string;
  /** What the model was told then. */
  readonly searcher_calls: readonly Call[];
}

type Call =
  | { readonly call: 'get_config'; readonly milestone: number; readonly bracket: number }
  | { readonly call: 'register_pending' | 'remove_case'; readonly trial: string; readonly resource: number }
  | { readonly call: 'on_trial_result'; readonly trial: string; readonly resource: number; readonly update: boolean }
  | { readonly call: 'evaluation_failed'; readonly trial: string };

/** A free slot, for which this bracket was drawn. */
interface Suggest extends Told {
  readonly op: 'suggest';
  readonly result: 'new' | 'resume';
  readonly bracket: number;
  readonly run_until: number;
}

interface Report extends Told {
  readonly op: 'report';
  readonly resource: number;
  readonly metric: number;
  readonly decision: 'CONTINUE' | 'STOP' | 'PAUSE';
}

interface Failure extends Told {
  readonly op: 'error';
}

const WHICH: { readonly [D in Case['searcher_data']]: Which } = {
  rungs: 'Rungs',
  rungs_and_last: 'RungsAndLast',
  all: 'All',
};

/** A recorded run: after each event the model sees the same observations and pending evaluations. */
export function check(data: Case): string[] {
  const run = new Run(data);
  const model = new Model();
  const levels = differences('levels', run.scheduler.brackets[0]?.levels, data.rung_levels);
  const problems = data.events.flatMap((event, i) => {
    for (const call of event.searcher_calls) model.tell(call, event);
    const found = [...run.take(event), ...run.compare(model)];
    return found.map((problem) => `event ${i} (${event.op} trial ${event.trial}): ${problem}`);
  });
  return [...levels, ...problems];
}

const sorted = (keys: Iterable<string>): readonly string[] => [...keys].sort();

const keyOf = ({ trial, resource }: { trial: string; resource: number }): string => `${trial} at ${resource}`;

/** What the recorded run's model was told. */
class Model {
  readonly observed = new Map<string, number>();
  readonly pending = new Set<string>();

  tell(call: Call, event: Case['events'][number]): void {
    if (call.call === 'register_pending') this.pending.add(keyOf(call));
    if (call.call === 'remove_case') this.observed.delete(keyOf(call));
    if (call.call === 'evaluation_failed') this.#forgetPending(call.trial);
    if (call.call === 'on_trial_result' && call.update && event.op === 'report') {
      this.pending.delete(keyOf(call));
      this.observed.set(keyOf(call), event.metric);
    }
  }

  #forgetPending(trial: string): void {
    for (const key of this.pending) if (key.startsWith(`${trial} at `)) this.pending.delete(key);
  }
}

/** Our trials and scheduler in the same run. */
class Run {
  readonly scheduler: Scheduler;
  readonly #data: Case;
  readonly #study: Study;
  readonly #trials = new Map<string, Trial>();

  constructor(data: Case) {
    const algorithm: AsynchronousHyperband = {
      type: 'asynchronousHyperband',
      scheduling: data.type === 'stopping' ? 'Stopping' : 'Promotion',
      reductionFactor: data.eta,
      brackets: data.brackets,
      rungs: 'Shared',
      rule: 'Quantile',
    };
    const resource = { min: data.r_min, max: data.r_max };
    const unlimited = { seed: 0, parameters: [], parallelism: Number.POSITIVE_INFINITY, open: true };
    this.#data = data;
    this.#study = { ...unlimited, goal: goalOf(data.mode), resource, algorithm };
    this.scheduler = createScheduler(this.#study);
  }

  take(event: Case['events'][number]): string[] {
    if (event.op === 'suggest') return this.#suggest(event);
    const trial = this.#trials.get(event.trial);
    if (trial === undefined) return ['was never started'];
    return event.op === 'report' ? this.#report(event, trial) : this.#fail(event, trial);
  }

  compare({ observed, pending }: Model): string[] {
    const { searcher_data, register_pending_myopic, mode } = this.#data;
    const sign = mode === 'min' ? 1 : -1;
    const trials = [...this.#trials.values()];
    const seen = observations(this.#study, trials, WHICH[searcher_data]);
    const every: Where = searcher_data === 'rungs' ? 'NextRung' : 'EveryUnit';
    const where = register_pending_myopic ? 'NextUnit' : every;
    const awaited = pendingEvaluations(this.#study, trials, where);
    const name = ({ trial, resource }: { trial: number; resource: number }) =>
      keyOf({ trial: `${trial - 1}`, resource });
    const text = (key: string, value: number) => `${key}: ${value}`;
    return [
      ...differences(
        'observations',
        sorted(seen.map((own) => text(name(own), sign * own.value))),
        sorted([...observed].map(([key, value]) => text(key, value))),
      ),
      ...differences('pending', sorted(awaited.map(name)), sorted(pending)),
    ];
  }

  #suggest({ trial, bracket, result, run_until, searcher_calls }: Suggest): string[] {
    const promotable = this.scheduler.promotable(bracket);
    const asked = searcher_calls.find(({ call }) => call === 'get_config');
    if (promotable) {
      this.scheduler.promoted(promotable.trial, promotable.level);
      const { until } = promotable;
      const resumed = this.#trials.get(`${promotable.trial - 1}`);
      if (resumed) this.#trials.set(trial, { ...resumed, state: 'Active', until });
      const found = [promotable.trial - 1, 'resume', until, undefined];
      return differences('resumed', found, [Number(trial), result, run_until, asked]);
    }
    const until = this.scheduler.first(bracket);
    const started = { state: 'Active', observations: [], decisions: [], config: {} } as const;
    this.#trials.set(trial, { ...started, number: Number(trial) + 1, bracket, until });
    const found = [
      'new',
      this.scheduler.pauses ? until : this.#data.r_max,
      { call: 'get_config', milestone: until, bracket },
    ];
    return differences('started', found, [result, run_until, asked]);
  }

  #report({ trial: name, resource, metric: value, decision }: Report, trial: Trial): string[] {
    const reached = trial.observations.at(-1)?.resource ?? 0;
    // Repeated, from scratch, after a promotion.
    if (resource <= reached) return differences('decision', 'CONTINUE', decision);
    const reported = { ...trial, observations: [...trial.observations, { resource, value, at: 0 }] };
    const { decided, trial: after } = this.#decide(reported, { resource, value });
    this.#trials.set(name, after);
    return differences('decision', decided, decision);
  }

  #decide(
    trial: Trial,
    { resource, value }: { resource: number; value: number },
  ): { decided: Report['decision']; trial: Trial } {
    if (resource >= this.#data.r_max) return { decided: 'STOP', trial: { ...trial, state: 'Completed' } };
    if (resource < trial.until) return { decided: 'CONTINUE', trial };
    const entry = { trial: trial.number, bracket: trial.bracket, level: resource, value };
    const { verdict, until } = this.scheduler.judge(entry);
    this.scheduler.enter(entry);
    if (verdict === 'Pause') return { decided: 'PAUSE', trial: { ...trial, state: 'Paused' } };
    if (verdict === 'Continue') return { decided: 'CONTINUE', trial: { ...trial, until } };
    return { decided: 'STOP', trial: { ...trial, state: 'Stopped' } };
  }

  #fail({ trial: name }: Failure, trial: Trial): string[] {
    this.scheduler.retire(trial.number);
    this.#trials.set(name, { ...trial, state: 'Failed' });
    return [];
  }
}
