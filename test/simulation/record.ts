/** What the statuses of trials have said once: reports that no later one may displace, and attempts. */
import { engineStudy } from '../../operator/api/engine-study.ts';
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { timesOf } from '../../operator/controllers/trial/attempts.ts';
import { type Curves, lasting } from '../../src/curve.ts';
import { allLevels, createScheduler } from '../../src/scheduling/scheduler.ts';

export class OnRecord {
  readonly #curves: Curves;
  /** What was seen last of each trial, by its uid. */
  readonly #seen = new Map<string, Trial>();
  /** The first thing that was on record and is not any more, in words. */
  forgotten: string | undefined;

  constructor({ spec }: Study) {
    const scheduler = createScheduler(engineStudy(spec, { seed: 0, open: false }));
    const { max } = spec.resource;
    this.#curves = { levels: [...allLevels(scheduler), max], max };
  }

  look(trials: readonly Trial[]): void {
    for (const trial of trials) {
      const { uid = '' } = trial.metadata;
      const before = this.#seen.get(uid);
      if (before === trial) continue;
      this.#seen.set(uid, trial);
      this.forgotten ??= before && this.#lost(before, trial);
    }
  }

  #lost(before: Trial, after: Trial): string | undefined {
    const { name } = after.metadata;
    const reports = after.status?.observations ?? [];
    const lost = lasting(before.status?.observations ?? [], this.#curves).find(
      ({ resource, value }) => !reports.some((own) => own.resource === resource && own.value === value),
    );
    if (lost !== undefined) return `the report of ${name} at ${lost.resource}`;
    const [was, is] = [before, after].map(countOf);
    return (is ?? 0) < (was ?? 0) ? `an attempt at ${name}: there were ${was}, now ${is}` : undefined;
  }
}

/** Those long over are summed up. */
function countOf({ status }: Trial): number {
  return (status?.attempts ?? []).reduce((sum, attempt) => sum + timesOf(attempt), 0);
}
