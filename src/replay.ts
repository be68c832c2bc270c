/**
 * Recomputes every recorded decision from what was known when it was taken, and compares. Agreement shows that the
 * search was run by this code and these rules, whatever crashed on the way; the first disagreement shows where not.
 */
import { bracketOfRequest, findPromotable } from './decide.ts';
import { isVerdict, type LedgerEntry, ledger, observationAt, redo, startedTrial } from './ledger.ts';
import type { Study, Trial } from './model.ts';
import { createScheduler, type Scheduler } from './scheduling/scheduler.ts';
import { createSearcher } from './searching/searcher.ts';
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
  const past = new Past(study);
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
  #seq = 0;
  #requests = 0;

  constructor(study: Study) {
    this.#study = study;
    this.#space = createSpace(study.parameters);
    this.#scheduler = createScheduler(study);
  }

  take(entry: LedgerEntry): void {
    const { trial, recorded } = entry;
    redo(this.#scheduler, entry);
    this.#seq = recorded.seq;
    if (recorded.kind === 'Start' || recorded.kind === 'Promote') this.#requests += 1;
    if (recorded.kind === 'Start')
      this.#started.push(startedTrial({ ...trial, ...recorded, ...START, trial: trial.number }));
  }

  /** What the rules say instead; undefined when they agree. */
  disagreement(entry: LedgerEntry): string | undefined {
    const { seq, kind } = entry.recorded;
    if (seq !== this.#seq + 1) return `decision ${this.#seq + 1} comes next: some are missing or there twice`;
    if (kind === 'Start') return this.#start(entry.trial);
    if (kind === 'Promote') return this.#promote(entry);
    return isVerdict(entry.recorded) && entry.recorded.level !== undefined ? this.#verdict(entry) : undefined;
  }

  #start(trial: Trial): string | undefined {
    const bracket = bracketOfRequest(this.#scheduler, this.#study.seed, this.#requests);
    const promotable = findPromotable(this.#scheduler, bracket, true);
    if (promotable) return `promote trial ${promotable.trial} from ${promotable.level}`;
    const suggestion = createSearcher(this.#study.algorithm).suggest({
      study: this.#study,
      space: this.#space,
      trials: this.#started,
      number: trial.number,
      until: this.#scheduler.first(bracket),
    });
    const isSame = suggestion && this.#space.key(suggestion.config) === this.#space.key(trial.config);
    if (isSame && bracket === trial.bracket) return undefined;
    return suggestion
      ? `start ${JSON.stringify(suggestion.config)} in bracket ${bracket}`
      : 'start nothing: the space is exhausted';
  }

  #promote({ trial, recorded }: LedgerEntry): string | undefined {
    const drawn = bracketOfRequest(this.#scheduler, this.#study.seed, this.#requests);
    const promotable = findPromotable(this.#scheduler, drawn, false);
    if (promotable?.trial === trial.number && promotable.level === recorded.level) return undefined;
    return promotable ? `promote trial ${promotable.trial} from ${promotable.level}` : 'promote none';
  }

  #verdict({ trial, recorded }: LedgerEntry): string | undefined {
    const level = recorded.level ?? 0;
    const observation = observationAt(trial, level);
    if (!observation) return `nothing: trial ${trial.number} has no report at ${level}`;
    const entry = { trial: trial.number, bracket: trial.bracket, level, value: observation.value };
    const { verdict } = this.#scheduler.judge(entry);
    return verdict === recorded.kind ? undefined : `${verdict} at ${level} with ${observation.value}`;
  }
}

const START = { kind: 'Start', origin: 'Random' } as const;

function words({ trial, recorded }: LedgerEntry): string {
  if (recorded.kind === 'Start') return `start ${JSON.stringify(trial.config)} in bracket ${trial.bracket}`;
  const at = recorded.level === undefined ? '' : ` at ${recorded.level}`;
  return `${recorded.kind}${at}`;
}
