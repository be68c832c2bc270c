/** What the operator is given to do: Studies whose pods walk a table of learning curves, each line timed. */

import { TRIAL_LABEL } from '../../operator/api/common.ts';
import type { Pod } from '../../operator/kube/kinds.ts';
import { envOf, type PodScript } from '../../test/cluster/harness/pod-script.ts';
import { studyOn } from '../../test/cluster/harness/studies.ts';
import { nearestRow, type Table } from '../tables.ts';

export interface Load {
  readonly studies: number;
  /** Pods at once, of each Study. */
  readonly parallelism: number;
  /** Of each Study. */
  readonly trials: number;
  /** Mean duration of an epoch. */
  readonly epochSeconds: number;
  readonly metrics: 'log' | 'annotation';
  /** Of all Studies but the last, which is searched by a model that takes long. */
  readonly algorithm: unknown;
  readonly slow: unknown;
}

const EPOCHS = 27;

/** Finished Jobs are removed, as anyone who runs ten thousand of them has it. */
const TTL_SECONDS = 30;

export function studies(load: Load, table: Table): readonly { readonly name: string; readonly manifest: unknown }[] {
  return Array.from({ length: load.studies }, (_, i) => {
    const name = `study-${i}`;
    const isSlow = i === load.studies - 1;
    const { spec, ...study } = studyOn({
      name,
      table,
      algorithm: isSlow ? load.slow : load.algorithm,
      epochs: EPOCHS,
      parallelism: load.parallelism,
      maxTrials: load.trials,
    });
    const { spec: job } = spec['trialTemplate'] as { readonly spec: object };
    const changed = {
      ...spec,
      seed: i,
      trialTemplate: { spec: { ...job, ttlSecondsAfterFinished: TTL_SECONDS } },
      ...(load.metrics === 'annotation' && { metrics: { annotation: {} } }),
    };
    return { name, manifest: { ...study, spec: changed } };
  });
}

/** When what happened to which trial, in milliseconds since the epoch. */
export class Diary {
  readonly #reported = new Map<string, Map<number, number>>();
  readonly #ended = new Map<string, number>();

  report(trial: string, level: number): void {
    const levels = this.#reported.get(trial) ?? new Map<number, number>();
    if (!levels.has(level)) levels.set(level, Date.now());
    this.#reported.set(trial, levels);
  }

  /** It was told to end. */
  end(trial: string): void {
    this.#ended.set(trial, Date.now());
  }

  reportedAt(trial: string, level: number): number | undefined {
    return this.#reported.get(trial)?.get(level);
  }

  endedAt(trial: string): number | undefined {
    return this.#ended.get(trial);
  }
}

/** Tells the cluster what a pod reports, by whatever way the Study has. */
export type Report = (pod: Pod, level: number, value: number | string, print: (line: string) => void) => Promise<void>;

export function script(pod: Pod, { table, load, diary, report }: ScriptOptions): PodScript {
  const row = nearestRow(table, JSON.parse(envOf(pod, 'ABOHB_PARAMETERS') ?? '{}') as Record<string, unknown>);
  const curve = (table.curves[row] ?? []).slice(0, EPOCHS);
  const trial = pod.metadata.labels?.[TRIAL_LABEL] ?? '';
  return {
    kind: 'run',
    main: async ({ print, sleep, signal }) => {
      signal.addEventListener('abort', () => diary.end(trial), { once: true });
      for (const [i, value] of curve.entries()) {
        // Every row at its own pace, from half to one and a half times the mean.
        await sleep(load.epochSeconds * 1000 * (0.5 + ((row * 7 + i) % 100) / 100));
        diary.report(trial, i + 1);
        await report(pod, i + 1, value ?? 'NaN', print);
      }
      return 0;
    },
  };
}

interface ScriptOptions {
  readonly table: Table;
  readonly load: Load;
  readonly diary: Diary;
  readonly report: Report;
}
