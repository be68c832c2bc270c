/**
 * One look at a Study: what is due is decided and written down on its Trials, free slots are filled, and all of it is summed
 * up in the Study's status.
 */
import { type Answer, type Input, isStillRight, type Plan, schedule } from '../../../src/decide.ts';
import { lastSeq } from '../../../src/ledger.ts';
import type { Decision, StartDecision } from '../../../src/model.ts';
import { createScheduler } from '../../../src/scheduling/scheduler.ts';
import { engineStudy } from '../../api/engine-study.ts';
import { same } from '../../api/schema.ts';
import { STUDY, type Study, type StudyStatus } from '../../api/study.ts';
import { TRIAL, type Trial } from '../../api/trial.ts';
import { condition } from '../../conditions.ts';
import type { Suggester, Taken } from '../../engine/suggester.ts';
import { newTrial, stopped, withDecision } from '../../objects/trial.ts';
import { hasEnded } from '../../observe.ts';
import type { Requeue } from '../../runtime/controller.ts';
import type { Freshness } from '../../runtime/freshness.ts';
import { SPEC_MANAGER, STATUS_OPTIONS, statusOnly } from '../context.ts';
import { durationMs } from '../duration.ts';
import { comparison, decided } from '../words.ts';
import type { AcceptContext, Accepted } from './accept.ts';
import { type Stall, slotsToTry, stall } from './breaker.ts';
import { type Cleaned, type Cleaner, type CleaningContext, clean } from './cleaning.ts';
import { outcomeHappening } from './happenings.ts';
import { type Outcome, outcome } from './outcome.ts';
import { Roster } from './roster.ts';
import { slots } from './slots.ts';
import { news, type StatusInput, standing, studyStatus } from './study-status.ts';
import { tell } from './telling.ts';

export interface StudyContext extends AcceptContext {
  /** Nothing is decided on caches that have not seen our own writes. */
  readonly guards: { readonly studies: Freshness; readonly trials: Freshness };
  readonly suggester: Suggester;
  /** Undefined where checkpoints cannot be removed. */
  readonly cleaner: Cleaner | undefined;
}

/** A status that only counts differently is written at most so often. */
const STATUS_EVERY_MS = 5_000;

const NOTHING_TAKEN: Taken = { suggestions: [], isExhausted: false };

export interface Observed {
  readonly key: string;
  readonly study: Study;
  readonly trials: readonly Trial[];
  readonly accepted: Accepted;
  /** Trials that are gone, whose pods are not. */
  readonly strays: number;
  /** When each Study's status was last written; lost in a restart, which only writes once more. */
  readonly writtenAt: Map<string, number>;
}

/** One reconcile of one accepted Study. */
export class Round {
  readonly #context: StudyContext;
  readonly #observed: Observed;
  readonly #now: number;
  readonly #stall: Stall | undefined;
  readonly #trials: Roster;
  #seq: number;

  constructor(context: StudyContext, observed: Observed) {
    this.#context = context;
    this.#observed = observed;
    this.#now = context.clock.now();
    this.#trials = new Roster(observed.study, observed.trials);
    this.#seq = lastSeq(this.#trials.engine);
    this.#stall = stall(observed.study, observed.trials);
  }

  async run(): Promise<Requeue> {
    const { study } = this.#observed;
    const plan = await this.#catchUp();
    const taken = this.#suggestions(plan);
    const result = this.#outcome(withAnswers(plan, taken, this.#isOver()));
    const hasEnded = result.succeeded !== 'Unknown';
    if (hasEnded) await this.#decideAll(schedule(this.#input(false)));
    else await this.#take(taken.suggestions);
    if (hasEnded && result.cutsOff && study.spec.onCompletion.runningTrials === 'Terminate')
      await this.#stopAll(result);
    const cleaned = await this.#clean(hasEnded);
    const waitMs = await this.#sumUp(this.#statusInput(result, cleaned));
    // Whatever hinders suggestions, or the removal of checkpoints, has not hindered anything else.
    const hindered = taken.error ?? cleaned.error;
    if (hindered !== undefined) throw hindered;
    return this.#requeue(waitMs, cleaned.requeueMs);
  }

  /**
   * Decides what is due, until nothing is or the Study has ended: in a busy Study something always is by the next round,
   * and suggestions, which are made from what is on record, would never have their turn.
   */
  async #catchUp(): Promise<Plan> {
    const { study } = this.#observed;
    const isOpen = !study.spec.suspend && this.#mayStart();
    for (;;) {
      const closed = schedule(this.#input(isOpen));
      const plan = isOpen || !this.#wouldGoOn() ? closed : { ...closed, exhausted: undefined };
      const { succeeded } = this.#outcome(withAnswers(plan, NOTHING_TAKEN, this.#isOver()));
      if (plan.decisions.length === 0 || succeeded !== 'Unknown') return plan;
      await this.#decideAll(plan);
    }
  }

  /**
   * Suspended or stalled, it has not ended as long as something could be started or promoted otherwise. What is over and
   * has openings was found to have nothing for them.
   */
  #wouldGoOn(): boolean {
    const { study, trials } = this.#input(true);
    const { openings, decisions } = schedule({ study: { ...study, parallelism: trials.length + 1 }, trials });
    const mayStart = openings.length > 0 && !this.#isOver();
    return mayStart || decisions.some(({ kind }) => kind === 'Promote');
  }

  /** One after the other: a decision is only on record when all before it are. */
  async #decideAll({ decisions }: Pick<Plan, 'decisions'>): Promise<void> {
    for (const decision of decisions) await this.#decide(decision);
  }

  #input(open: boolean): Input {
    const { study, accepted } = this.#observed;
    const { all, engine: trials } = this.#trials;
    const { created } = study.status?.trials ?? {};
    const engine = engineStudy(study.spec, { seed: accepted.seed, open, created });
    const free = Math.min(slots(study.spec, all), this.#stall ? slotsToTry(all) : Number.POSITIVE_INFINITY);
    return { study: { ...engine, parallelism: free - this.#observed.strays }, trials };
  }

  #mayStart(): boolean {
    const { retryAt } = this.#stall ?? { retryAt: 0 };
    return retryAt !== undefined && retryAt <= this.#now;
  }

  #outcome(plan: Plan): Outcome {
    const { study, accepted } = this.#observed;
    const { all: trials, best } = this.#trials;
    const startTime = Date.parse(accepted.startTime);
    return outcome({ study, trials, plan, best, stall: this.#stall, startTime, now: this.#now });
  }

  #isOver(): boolean {
    const succeeded = condition(this.#observed.study.status?.conditions, 'Succeeded');
    return succeeded !== undefined && succeeded.status !== 'Unknown';
  }

  async #decide(decision: Exclude<Decision, StartDecision>): Promise<void> {
    const { study } = this.#observed;
    const trial = this.#trials.get(decision.trial);
    if (!trial) return;
    const words = decided(study.spec, decision);
    const why = decision.kind === 'Stop' ? comparison(study.spec, decision.level, decision.why) : undefined;
    const stop = why === undefined ? undefined : { reason: 'StoppedByScheduler', message: why };
    await this.#apply(withDecision(trial, decision, { at: this.#at(), ...(stop && { stop }) }));
    this.#seq = decision.seq;
    this.#tell(decision, words);
  }

  /**
   * Asked for when nothing else is to be decided, so that they are made from what is on record of all trials, whatever
   * happened on the way.
   */
  #suggestions({ openings, decisions }: Plan): Taken & { readonly error?: unknown } {
    const { key, study } = this.#observed;
    if (openings.length === 0 || decisions.length > 0) return NOTHING_TAKEN;
    const { uid = '' } = study.metadata;
    try {
      return this.#context.suggester.take(key, { uid, input: this.#input(true), openings }) ?? NOTHING_TAKEN;
    } catch (error) {
      return { ...NOTHING_TAKEN, error };
    }
  }

  /** Those after one that is no longer right were found in the belief that it is. */
  async #take(answers: readonly Answer[]): Promise<void> {
    for (const answer of answers) {
      const decision = { ...answer, seq: this.#seq + 1 };
      if (decision.kind === 'Start') await this.#start(decision);
      else if (isStillRight(decision, this.#input(true).trials)) await this.#decide(decision);
      else return;
    }
  }

  async #start(decision: StartDecision): Promise<void> {
    const { key, study } = this.#observed;
    const { cluster, guards } = this.#context;
    const trial = newTrial(study, decision, this.#at());
    const created = await guards.trials.write(key, () => cluster.create(TRIAL, trial));
    this.#trials.set(created);
    this.#seq = decision.seq;
    this.#tell(decision, decided(study.spec, decision));
  }

  async #stopAll({ reason, message }: Outcome): Promise<void> {
    for (const trial of this.#trials.all) {
      if (trial.spec.stop || hasEnded(trial.status)) continue;
      const stop = { reason: 'StudyEnded', message: `the Study has ended (${reason}): ${message}`.slice(0, 1024) };
      await this.#apply(stopped(trial, stop, { seq: this.#seq + 1, at: this.#at() }));
      this.#seq += 1;
    }
  }

  async #apply(trial: Trial): Promise<void> {
    const { key } = this.#observed;
    const { cluster, guards } = this.#context;
    const written = await guards.trials.write(key, () => cluster.apply(TRIAL, trial, { fieldManager: SPEC_MANAGER }));
    this.#trials.set(written);
  }

  /** Only what the server has confirmed has ended. */
  #clean(isOver: boolean): Promise<Cleaned> {
    const { cluster, cleaner, guards } = this.#context;
    const { key, study, trials } = this.#observed;
    const apply: CleaningContext['apply'] = (trial, options) =>
      guards.trials.write(key, () => cluster.applyStatus(TRIAL, trial, options));
    return clean({ apply, cleaner, now: this.#now, isOver }, study, trials);
  }

  #statusInput(result: Outcome, { finding: cleaning }: Cleaned): StatusInput {
    const { study, accepted } = this.#observed;
    const { all: trials, best } = this.#trials;
    const scheduler = createScheduler(this.#input(true).study);
    return {
      study,
      trials,
      best,
      scheduler,
      outcome: result,
      stall: this.#stall,
      cleaning,
      ...accepted,
      now: this.#now,
    };
  }

  /**
   * Writes the status: news at once, counts when a while has passed, which are not worked out before. Returns the
   * milliseconds until then.
   */
  async #sumUp(input: StatusInput): Promise<number> {
    const { key, study, writtenAt } = this.#observed;
    const isNews = !same(news(standing(input)), news(study.status ?? {}));
    const waitMs = isNews ? 0 : Math.max(0, (writtenAt.get(key) ?? 0) + STATUS_EVERY_MS - this.#now);
    if (waitMs > 0) return waitMs;
    const status = studyStatus(input);
    if (!same(status, study.status)) await this.#write(status);
    return 0;
  }

  async #write(status: StudyStatus): Promise<void> {
    const { key, study, writtenAt } = this.#observed;
    const { cluster, guards, record, log } = this.#context;
    await guards.studies.write(key, () => cluster.applyStatus(STUDY, statusOnly(study, status), STATUS_OPTIONS));
    writtenAt.set(key, this.#now);
    const happening = outcomeHappening(study.status, status);
    if (happening === undefined) return;
    log.info({ study: key, reason: happening.reason, message: happening.message }, 'a study changed state');
    record(study, happening);
  }

  #tell(decision: Decision, words: string): void {
    const { study, key } = this.#observed;
    tell(this.#context, { study, key, decision, words });
  }

  #at(): string {
    return new Date(this.#now).toISOString();
  }

  /** Limits that pass with time have no event of their own. */
  #requeue(statusMs: number, cleaningMs = 0): Requeue {
    const { study, accepted } = this.#observed;
    const { maxDuration, maxGPUHours } = study.spec.limits;
    const waits = [statusMs, cleaningMs];
    if (maxDuration !== undefined) waits.push(Date.parse(accepted.startTime) + durationMs(maxDuration) - this.#now);
    if (maxGPUHours !== undefined) waits.push(GPU_CHECK_MS);
    if (this.#stall?.retryAt !== undefined) waits.push(this.#stall.retryAt - this.#now);
    const due = waits.filter((ms) => ms > 0);
    return due.length === 0 ? 'until-changed' : { afterMs: Math.min(...due) };
  }
}

/** Openings may yet be filled: nothing is exhausted until it is clear that they stay open. */
function withAnswers(plan: Plan, { suggestions, isExhausted }: Taken, isOver: boolean): Plan {
  if (plan.openings.length === 0) return plan;
  if (isExhausted) return { ...plan, exhausted: plan.exhausted ?? 'Space' };
  // What is over stays over until there is an answer: a restarted operator has to ask again.
  return suggestions.length === 0 && isOver ? plan : { ...plan, exhausted: undefined };
}

/** How often GPU hours are summed up while trials run. */
const GPU_CHECK_MS = 30_000;
