/** How long pods run on after it was decided that they are to end, and a Study after it has reached what ends it. */
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import type { Pod } from '../../operator/kube/kinds.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import { trialOf } from './play.ts';

/** Why a pod is not wanted any more. */
export type Cause = 'stopped' | 'suspended' | 'paused' | 'over';

export interface Seen {
  readonly study: Study;
  readonly trials: readonly Trial[];
  readonly runningPods: readonly Pod[];
  /** The Study has reached what ends it; undefined where nobody looks. */
  readonly isOver?: boolean;
}

export class StopWatch {
  readonly #clock: Pick<Clock, 'now'>;
  /** When a trial was first seen to be unwanted with a pod running, by cause and name. */
  readonly #since = new Map<string, number>();
  /** Milliseconds until the last of them had gone, by cause. */
  readonly longest: Record<Cause | 'open', number> = { stopped: 0, suspended: 0, paused: 0, over: 0, open: 0 };

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  look(seen: Seen): void {
    const running = new Set(seen.runningPods.map(trialOf));
    for (const trial of seen.trials) {
      const isRunning = running.has(trial.metadata.name);
      for (const [cause, isUnwanted] of CAUSES) {
        this.#note(cause, trial.metadata.name, isRunning && isUnwanted(seen, trial));
      }
    }
    const succeeded = condition(seen.study.status?.conditions, 'Succeeded')?.status ?? 'Unknown';
    this.#note('open', 'the Study', seen.isOver === true && succeeded === 'Unknown');
  }

  #note(cause: Cause | 'open', trial: string, isUnwanted: boolean): void {
    const key = `${cause} ${trial}`;
    if (!isUnwanted) {
      this.#since.delete(key);
      return;
    }
    const now = this.#clock.now();
    const since = this.#since.get(key) ?? now;
    this.#since.set(key, since);
    this.longest[cause] = Math.max(this.longest[cause], now - since);
  }
}

const CAUSES: readonly (readonly [Cause, (seen: Seen, trial: Trial) => boolean])[] = [
  ['stopped', (_, { spec }) => spec.stop !== undefined],
  ['suspended', ({ study }) => study.spec.suspend],
  // Code that is to stop at a rung by itself may take its time.
  ['paused', ({ study }, { spec }) => study.spec.pause === 'Signal' && spec.decisions.at(-1)?.kind === 'Pause'],
  ['over', ({ study, isOver = false }) => isOver && study.spec.onCompletion.runningTrials === 'Terminate'],
];
