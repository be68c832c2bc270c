/** A study from its beginning, as the operator would run it: every unit of resource takes the same time. */
import { answerAll, schedule } from '../../src/decide.ts';
import { lastSeq, promotedTrial, startedTrial } from '../../src/ledger.ts';
import type { Algorithm, Decision, PromoteDecision, StartDecision, Study, Trial } from '../../src/model.ts';
import { type Rng, stream } from '../../src/rng.ts';
import { type Situation, studyOf } from './history.ts';
import { MAX_RESOURCE, observe } from './objective.ts';

type Answers = ReturnType<typeof answerAll>;

/** The trials once there are so many observations; `find` is given what answers requests for work, to call it. */
export function play(
  situation: Situation,
  algorithm: Algorithm,
  find: (answer: () => Answers) => Answers,
): readonly Trial[] {
  const study = studyOf(situation, algorithm);
  const trials = new Map<number, Trial>();
  const clock = new Clock();
  const rng = stream(situation.seed, 'noise', 0);
  for (let observed = 0; observed < situation.observations; observed++) {
    while (settle(study, trials, find)) {
      // A trial that was stopped leaves a slot free.
    }
    const next = clock.next([...trials.values()].filter(({ state }) => state === 'Active'));
    if (next === undefined) break;
    trials.set(next.number, reported(next, { situation, now: clock.now, rng }));
  }
  return [...trials.values()];
}

/** Decides and starts what is due; whether that was anything. */
function settle(study: Study, trials: Map<number, Trial>, find: (answer: () => Answers) => Answers): boolean {
  const input = () => ({ study, trials: [...trials.values()] });
  const { decisions, openings } = schedule(input());
  for (const decision of decisions) decide(trials, decision);
  const seq = lastSeq(input().trials);
  const answers = openings.length === 0 ? [] : find(() => answerAll(input(), openings));
  for (const [i, answer] of answers.entries()) take(trials, { ...answer, seq: seq + i + 1 });
  return decisions.length + answers.length > 0;
}

function take(trials: Map<number, Trial>, answer: StartDecision | PromoteDecision): void {
  const trial = trials.get(answer.trial);
  if (answer.kind === 'Start') trials.set(answer.trial, startedTrial(answer));
  else if (trial) trials.set(answer.trial, promotedTrial(trial, answer));
}

/** Counts units of resource: every trial under way trains at the same speed. */
class Clock {
  now = 0;
  /** When each trial will have reached the level it may run to. */
  readonly #due = new Map<number, number>();

  /** The trial that gets there first; of several the earliest. */
  next(running: readonly Trial[]): Trial | undefined {
    const dueTimes = running.map((trial) => {
      const due = this.#due.get(trial.number) ?? this.now + unitsLeft(trial);
      this.#due.set(trial.number, due);
      return due;
    });
    const next = running[dueTimes.indexOf(Math.min(...dueTimes))];
    if (next === undefined) return undefined;
    this.now = Math.min(...dueTimes);
    this.#due.delete(next.number);
    return next;
  }
}

function decide(trials: Map<number, Trial>, decision: Exclude<Decision, StartDecision>): void {
  const trial = trials.get(decision.trial);
  if (trial === undefined) throw new RangeError(`there is no trial ${decision.trial}`);
  const { seq, kind, level } = decision;
  const until = 'until' in decision ? decision.until : trial.until;
  const state = kind === 'Stop' ? 'Stopped' : trial.state;
  trials.set(trial.number, { ...trial, until, state, decisions: [...trial.decisions, { seq, kind, level }] });
}

function unitsLeft({ observations, until }: Trial): number {
  return until - (observations.at(-1)?.resource ?? 0);
}

interface Report {
  readonly situation: Situation;
  readonly now: number;
  readonly rng: Rng;
}

/** The trial once it has reached the level it may run to. */
function reported(trial: Trial, { situation, now, rng }: Report): Trial {
  const { config, until: resource } = trial;
  const observed = observe(situation.parameters, { config, resource }, rng);
  const observations = [...trial.observations, { resource, ...observed, at: 1000 * now }];
  return { ...trial, observations, state: resource === MAX_RESOURCE ? 'Completed' : trial.state };
}
