import type { Halving } from '../../../src/model.ts';
import { AsynchronousHyperband } from '../../../src/scheduling/asynchronous-hyperband.ts';
import type { Rung } from '../../../src/scheduling/rungs.ts';
import { differences } from '../compare.ts';
import { goalOf, type Mode } from '../goal.ts';

/** The rules a run may be of. */
const TYPES = {
  stopping: { scheduling: 'Stopping' },
  promotion: { scheduling: 'Promotion' },
  cost_promotion: { scheduling: 'Promotion', rule: 'CostAware' },
  rush_stopping: { scheduling: 'Stopping', thresholds: 'InitialTrials' },
  rush_promotion: { scheduling: 'Promotion', thresholds: 'InitialTrials' },
  pasha: { scheduling: 'Promotion', maxResource: 'Growing' },
} as const satisfies Record<string, Partial<Halving>>;

interface Case {
  readonly type: keyof typeof TYPES;
  readonly mode: Mode;
  readonly r_min: number;
  readonly eta: number;
  readonly r_max: number;
  readonly brackets: number;
  readonly rung_system_per_bracket: boolean;
  /** The first so many trials set thresholds. */
  readonly num_threshold_candidates: number;
  readonly rung_levels: readonly number[];
  readonly distribution: readonly number[];
  readonly events: readonly (Schedule | Report)[];
  readonly final_rungs_top_first: readonly (readonly FinalRung[])[];
}

/** A free slot, for which this bracket was drawn. */
interface Schedule {
  readonly op: 'schedule';
  readonly bracket: number;
  readonly result: 'new' | 'promote';
  readonly trial: string;
  /** The level it may run to. */
  readonly milestone: number;
  /** Of a new trial: all its levels, highest first. */
  readonly milestones?: readonly number[];
  readonly resume_from?: number;
}

interface Report {
  readonly op: 'report';
  readonly trial: string;
  readonly resource: number;
  readonly metric: number;
  readonly continues: boolean;
  readonly milestone_reached: boolean;
  readonly next_milestone: number | null;
  readonly bracket: number;
  /** The trial repeats, from scratch, what it had reported before it was promoted. */
  readonly ignore_data?: boolean;
  /** Of the trial so far, all its resumptions together. */
  readonly cost?: number;
  /** Up to where trials are promoted after this report, and how far apart two values may be to count as equal. */
  readonly pasha_current_max_t?: number;
  readonly pasha_epsilon?: number;
}

interface FinalRung {
  readonly level: number;
  readonly q: number;
  readonly entries: readonly { readonly trial: string; readonly metric: number; readonly promoted: boolean | null }[];
}

/** Where a trial stands; a level is passed when `until` is above it. */
interface Standing {
  /** Of its first level; it keeps it. */
  readonly bracket: number;
  /** Of the slot it was last given: the recorded runs count this as the trial's bracket from then on. */
  readonly drawn: number;
  readonly until: number;
  /** Reports up to here repeat earlier ones. */
  readonly resumedFrom: number;
}

/** A recorded run, event by event. */
export function check(data: Case): string[] {
  const replay = new Replay(data);
  const problems = data.events.flatMap((event, i) => {
    const found = event.op === 'schedule' ? replay.schedule(event) : replay.report(event);
    return found.map((problem) => `event ${i} (${event.op} trial ${event.trial}): ${problem}`);
  });
  return [...replay.checkBrackets(), ...problems, ...replay.checkRungs()];
}

class Replay {
  readonly #data: Case;
  readonly #scheduler: AsynchronousHyperband;
  readonly #standings = new Map<string, Standing>();

  constructor(data: Case) {
    this.#data = data;
    this.#scheduler = new AsynchronousHyperband(
      { goal: goalOf(data.mode), resource: { min: data.r_min, max: data.r_max } },
      {
        reductionFactor: data.eta,
        brackets: data.brackets,
        rungs: data.rung_system_per_bracket ? 'PerBracket' : 'Shared',
        rule: 'Quantile',
        ...TYPES[data.type],
      },
    );
  }

  checkBrackets(): string[] {
    const { brackets } = this.#scheduler;
    const distribution = brackets.map(({ probability }) => probability);
    return [
      ...differences('levels', brackets[0]?.levels, this.#data.rung_levels),
      ...differences('distribution', distribution, this.#data.distribution, 1e-12),
    ];
  }

  schedule(event: Schedule): string[] {
    const promotable = this.#scheduler.promotable(event.bracket);
    if (promotable === undefined) return this.#start(event);
    const { trial, level, until } = promotable;
    this.#scheduler.promoted(trial, level);
    const { bracket } = this.#standings.get(`${trial}`) ?? event;
    this.#standings.set(`${trial}`, { bracket, drawn: event.bracket, until, resumedFrom: level });
    return [
      ...differences('result', 'promote', event.result),
      ...differences('trial', `${trial}`, event.trial),
      ...differences('from', level, event.resume_from),
      ...differences('until', until, event.milestone),
    ];
  }

  #start({ bracket, result, trial, milestone, milestones }: Schedule): string[] {
    const until = this.#scheduler.first(bracket);
    this.#standings.set(trial, { bracket, drawn: bracket, until, resumedFrom: 0 });
    const levels = this.#scheduler.brackets[bracket]?.levels ?? [];
    return [
      ...differences('result', 'new', result),
      ...differences('until', until, milestone),
      ...differences('levels', [this.#data.r_max, ...levels.toReversed()], milestones),
    ];
  }

  report(event: Report): string[] {
    const standing = this.#standings.get(event.trial);
    if (standing === undefined) return ['reports, but was never started'];
    const ignored = event.resource <= standing.resumedFrom;
    const reached = !ignored && event.resource === standing.until;
    const problems = [
      ...differences('bracket', standing.drawn, event.bracket),
      ...differences('ignored', ignored, event.ignore_data ?? false),
      ...differences('reached', reached, event.milestone_reached),
    ];
    if (reached && event.resource < this.#data.r_max) problems.push(...this.#judge(event, standing));
    else {
      problems.push(...differences('continues', !reached, event.continues));
      if (!ignored) this.#scheduler.growing?.report(Number(event.trial), reportIn(event));
    }
    return [...problems, ...this.#growth(event)];
  }

  #growth({ pasha_current_max_t, pasha_epsilon }: Report): string[] {
    const { growing } = this.#scheduler;
    return [
      ...differences('maximum', growing?.level, pasha_current_max_t),
      ...differences('epsilon', growing?.epsilon, pasha_epsilon, 1e-9),
    ];
  }

  #judge(event: Report, standing: Standing): string[] {
    const { trial, resource: level, metric: value, continues, next_milestone, cost } = event;
    const { bracket } = standing;
    const isGiven = Number(trial) < this.#data.num_threshold_candidates;
    const entry = { trial: Number(trial), bracket, level, value, cost, isGiven, curve: reportIn(event) };
    const { verdict, until, why } = this.#scheduler.judge(entry);
    this.#scheduler.enter(entry);
    this.#standings.set(trial, { ...standing, until });
    const next = this.#scheduler.next(bracket, level);
    return [
      ...differences('pauses', verdict === 'Pause', this.#scheduler.pauses),
      ...differences('continues', verdict === 'Continue', continues),
      ...differences('next level', next, next_milestone),
      ...differences('level after the verdict', until, continues ? next : level),
      ...(why.rank < 1 || why.rank > why.of ? [`rank ${why.rank} of ${why.of}`] : []),
    ];
  }

  checkRungs(): string[] {
    const { pauses, systems } = this.#scheduler;
    const final = systems.map((rungs) => rungs.toReversed().map((rung) => finalRung(rung, pauses)));
    // A bracket without rungs may be listed or left out.
    const filled = this.#data.final_rungs_top_first.filter((rungs) => rungs.length > 0);
    return differences(
      'final rungs',
      final.filter((rungs) => rungs.length > 0),
      filled,
      1e-15,
    );
  }
}

const reportIn = ({ resource, metric }: Report) => [{ resource, value: metric }];

function finalRung(rung: Rung, pauses: boolean): FinalRung {
  return {
    level: rung.level,
    q: rung.quantile,
    entries: rung.entries.map(({ trial, value }) => ({
      trial: `${trial}`,
      metric: value,
      promoted: pauses ? rung.isPromoted(trial) : null,
    })),
  };
}
