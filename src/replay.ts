/**
 * Recomputes every recorded decision from what was known when it was taken, and compares. Agreement shows that the
 * search was run by this code and these rules, whatever crashed on the way; the first disagreement shows where not.
 */
import { bracketOfRequest, END_OF, findPromotable } from './decide.ts';
import { knownTrials } from './known.ts';
import { entryAt, isEnd, isVerdict, type LedgerEntry, ledger, redo } from './ledger.ts';
import type { Proposal, Recorded, Study, Trial } from './model.ts';
import { createScheduler, type Promotable, type Scheduler } from './scheduling/scheduler.ts';
import { placement } from './searching/placement.ts';
import { createSearcher, type Occasion, type Searcher } from './searching/searcher.ts';
import { createSpace, type Space } from './space/space.ts';

/** The first decision that comes out differently today. */
export interface Disagreement {
  readonly seq: number;
  readonly trial: number;
  /** What is on record, and what the rules say, in words. */
  readonly recorded: string;
  readonly recomputed: string;
}

export interface Replay {
  /** Decisions that were compared and agreed. */
  readonly agreed: number;
  readonly disagreement: Disagreement | undefined;
}

export function replay({ study, trials }: { study: Study; trials: readonly Trial[] }): Replay {
  const past = new Past({ study, trials });
  let agreed = 0;
  for (const entry of ledger(trials)) {
    const recomputed = past.disagreement(entry);
    if (recomputed !== undefined) {
      const { trial, recorded } = entry;
      const disagreement = { seq: recorded.seq, trial: trial.number, recorded: words(entry), recomputed };
      return { agreed, disagreement };
    }
    past.take(entry);
    agreed += 1;
  }
  return { agreed, disagreement: undefined };
}

/** What was known just before a decision. */
class Past {
  readonly #study: Study;
  readonly #space: Space;
  readonly #scheduler: Scheduler;
  readonly #started: Trial[] = [];
  readonly #ended = new Set<number>();
  /** Trial and level of each verdict. */
  readonly #judged = new Set<string>();
  #seq = 0;
  #requests = 0;
  /** Numbers of trials that are not there. */
  readonly #missing: readonly number[];

  constructor({ study, trials }: { study: Study; trials: readonly Trial[] }) {
    this.#study = study;
    this.#missing = missingNumbers(trials);
    this.#space = createSpace(study.parameters);
    this.#scheduler = createScheduler(study);
  }

  take(entry: LedgerEntry): void {
    const { trial, recorded } = entry;
    redo(this.#scheduler, entry);
    this.#seq = recorded.seq;
    if (recorded.kind === 'Start' || recorded.kind === 'Promote') this.#requests += 1;
    if (isVerdict(recorded)) this.#judged.add(`${trial.number} at ${recorded.level}`);
    if (isEnd(recorded)) this.#ended.add(trial.number);
    if (recorded.kind === 'Start') this.#started.push(trial);
  }

  /** What the rules say instead; undefined when they agree. */
  disagreement(entry: LedgerEntry): string | undefined {
    const { seq } = entry.recorded;
    if (seq !== this.#seq + 1) return `decision ${this.#seq + 1} comes next: ${this.#gap(seq)}`;
    return this.#outOfPlace(entry) ?? this.#otherwise(entry);
  }

  /** What is missing went with the Trials that somebody has deleted. */
  #gap(seq: number): string {
    if (seq <= this.#seq) return 'this one is there twice';
    const why = this.#missing.length > 0 ? `, as trial ${this.#missing.slice(0, NAMED).join(', ')} is: deleted?` : '';
    return `it is missing${why}`;
  }

  /** A trial starts once, first of all, and nothing is decided about it after its end. */
  #outOfPlace({ trial, recorded }: LedgerEntry): string | undefined {
    const next = this.#started.length + 1;
    const isNext = trial.number === next;
    if (recorded.kind === 'Start') return isNext ? undefined : `start trial ${next}: trials are numbered one by one`;
    if (trial.number >= next) return `nothing: trial ${trial.number} has not been started`;
    return this.#ended.has(trial.number) ? `nothing: trial ${trial.number} has ended` : undefined;
  }

  #otherwise(entry: LedgerEntry): string | undefined {
    switch (entry.recorded.kind) {
      case 'Start':
        return this.#start(entry);
      case 'Promote':
        return this.#promote(entry);
      case 'Complete':
      case 'Fail':
        return end(entry);
      case 'Stop':
        // At no rung: the study ended, which is not the scheduler's to decide.
        return entry.recorded.level === undefined ? undefined : this.#verdict(entry);
      case 'Continue':
      case 'Pause':
        return this.#verdict(entry);
    }
  }

  #start({ trial, recorded }: LedgerEntry): string | undefined {
    const { known = recorded.seq - 1 } = recorded;
    if (known >= recorded.seq) return `nothing: its configuration cannot come from decision ${known}`;
    const drawn = bracketOfRequest(this.#scheduler, this.#study.seed, this.#requests);
    const promotable = findPromotable(this.#scheduler, drawn, true);
    if (promotable) return promotion(promotable);
    const view = this.#view(recorded, known);
    const opening = { number: trial.number, bracket: drawn, until: this.#scheduler.first(drawn) };
    const { number, bracket, until } = placement(view)(opening);
    const searcher = createSearcher(this.#study.algorithm);
    const occasion = { ...view, number, until };
    const chosen = this.#chosen(searcher, occasion, true);
    if (chosen) return promotion(chosen);
    const suggestion = searcher.suggest(occasion);
    if (suggestion === undefined) return 'start nothing: the space is exhausted';
    const isSame = this.#space.key(suggestion.config) === this.#space.key(trial.config);
    if (!isSame || bracket !== trial.bracket) return start({ ...suggestion, bracket });
    return isSameReason(suggestion, trial) ? undefined : start({ ...suggestion, bracket });
  }

  /** What a searcher saw that chose from what was known after decision `known`. */
  #view({ seq }: Recorded, known: number): Pick<Occasion, 'study' | 'space' | 'trials'> {
    const trials = knownTrials(this.#study, this.#started, known, seq);
    return { study: this.#study, space: this.#space, trials };
  }

  /** The paused trial that the searcher would go on with. */
  #chosen(searcher: Searcher, occasion: Occasion, mayStart: boolean): Promotable | undefined {
    const number = searcher.promote?.(occasion, mayStart);
    return this.#scheduler.waiting?.find(({ trial }) => trial === number);
  }

  #promote({ trial, recorded }: LedgerEntry): string | undefined {
    const { known } = recorded;
    const promotables = known === undefined ? [this.#promotable()] : this.#choices(recorded, known);
    const isRight = promotables.some((own) => own?.trial === trial.number && own.level === recorded.level);
    if (isRight) return undefined;
    const [first] = promotables;
    return first ? promotion(first) : 'promote none';
  }

  #promotable(): Promotable | undefined {
    const drawn = bracketOfRequest(this.#scheduler, this.#study.seed, this.#requests);
    return findPromotable(this.#scheduler, drawn, false);
  }

  /** As long as new trials might have been started, and when they might not: `maxTrials` may have been raised since. */
  #choices(recorded: Recorded, known: number): readonly (Promotable | undefined)[] {
    if (known >= recorded.seq) return [];
    const searcher = createSearcher(this.#study.algorithm);
    const number = this.#started.length + 1;
    const until = this.#scheduler.first(0);
    const view = this.#view(recorded, known);
    return [true, false].map((mayStart) => this.#chosen(searcher, { ...view, number, until }, mayStart));
  }

  #verdict({ trial, recorded }: LedgerEntry): string | undefined {
    const level = recorded.level ?? 0;
    if (!this.#scheduler.brackets[trial.bracket]?.levels.includes(level))
      return `nothing: there is no rung at ${level}`;
    if (this.#judged.has(`${trial.number} at ${level}`)) return `nothing: trial ${trial.number} was judged at ${level}`;
    const entry = entryAt(trial, level);
    if (!entry) return `nothing: trial ${trial.number} has no report at ${level}`;
    const { verdict } = this.#scheduler.judge(entry);
    return verdict === recorded.kind ? undefined : `${verdict} at ${level} with ${entry.value}`;
  }
}

/** What should be on record about a trial that ended by itself. */
function end({ trial, recorded }: LedgerEntry): string | undefined {
  const kind = END_OF[trial.state];
  const reached = trial.observations.at(-1)?.resource ?? 0;
  if (kind === undefined) return `nothing: trial ${trial.number} has not ended by itself`;
  return kind === recorded.kind && reached === recorded.level ? undefined : `${kind} at ${reached}`;
}

/** What is not on record cannot differ. */
function isSameReason(
  suggested: Pick<Trial, 'origin' | 'proposal'>,
  recorded: Pick<Trial, 'origin' | 'proposal'>,
): boolean {
  const { origin, proposal } = recorded;
  if (origin !== undefined && origin !== suggested.origin) return false;
  return proposal === undefined || PROPOSED.every((key) => proposal[key] === suggested.proposal?.[key]);
}

const PROPOSED = ['level', 'acquisition', 'mean', 'deviation'] as const satisfies (keyof Proposal)[];

/** "start {"lr":0.1} in bracket 0 (Model {"level":9,…})" */
function start({
  config,
  bracket,
  origin,
  proposal,
}: Pick<Trial, 'config' | 'bracket' | 'origin' | 'proposal'>): string {
  const why = [origin, proposal && JSON.stringify(proposal)].filter((part) => part !== undefined).join(' ');
  return `start ${JSON.stringify(config)} in bracket ${bracket}${why === '' ? '' : ` (${why})`}`;
}

function promotion({ trial, level }: Promotable): string {
  return `promote trial ${trial} from ${level}`;
}

function words({ trial, recorded }: LedgerEntry): string {
  if (recorded.kind === 'Start') return start(trial);
  const at = recorded.level === undefined ? '' : ` at ${recorded.level}`;
  return `${recorded.kind}${at}`;
}

/** So many missing trials are named. */
const NAMED = 5;

/** Below the highest there is. */
function missingNumbers(trials: readonly Trial[]): readonly number[] {
  const there = new Set(trials.map(({ number }) => number));
  const last = Math.max(0, ...there);
  return Array.from({ length: last }, (_, i) => i + 1).filter((number) => !there.has(number));
}
