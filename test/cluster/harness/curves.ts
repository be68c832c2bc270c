/** Pods that train by a learning-curve table: one JSON line per epoch, at the pace at which that row really trained. */
import { nearestRow, type Table } from '../../../benchmarks/tables.ts';
import type { Trial } from '../../../operator/api/trial.ts';
import type { Pod } from '../../../operator/kube/kinds.ts';
import { envOf, flagOf, type PodScript } from './pod-script.ts';

export interface CurveOptions {
  /** Mean duration of an epoch over the table's rows, in the kubelet's milliseconds. */
  readonly epochMs: number;
  /** Name of the metric in the reports; the table's own, as far as it is one word, unless told. */
  readonly metric?: string;
  /** Name of the resource in the reports; `epoch` unless told. */
  readonly resource?: string;
  readonly container?: string;
}

/**
 * Prints {"epoch": r, metric: value} for r = 1, 2, … to ABOHB_UNTIL, else `--epochs`, else the curve's end; then exits
 * with 0. Where training diverged it prints NaN, as Python's json module writes it.
 */
export function tableScript(table: Table, row: number, options: CurveOptions): PodScript {
  const { metric = table.metric.split(' ')[0] ?? table.metric, resource = 'epoch', container } = options;
  const curve = table.curves[row] ?? [];
  const mean = table.secondsPerEpoch.reduce((sum, seconds) => sum + seconds, 0) / table.secondsPerEpoch.length;
  const duration = options.epochMs * ((table.secondsPerEpoch[row] ?? mean) / mean);
  return {
    kind: 'run',
    ...(container !== undefined && { container }),
    main: async ({ pod, print, sleep }) => {
      const until = Math.min(untilOf(pod, container) ?? curve.length, curve.length);
      for (const [i, value] of curve.slice(0, until).entries()) {
        await sleep(duration);
        print(`{"${resource}": ${i + 1}, "${metric}": ${value ?? 'NaN'}}`);
      }
      return 0;
    },
  };
}

/** The row for the pod's parameters (ABOHB_PARAMETERS): the nearest one, as a search is not bound to the table. */
export function rowOf(table: Table, pod: Pod, container?: string): number {
  const parameters = envOf(pod, 'ABOHB_PARAMETERS', container);
  if (parameters === undefined) throw new Error(`pod ${pod.metadata.name} has no ABOHB_PARAMETERS`);
  return nearestRow(table, JSON.parse(parameters) as Record<string, unknown>);
}

function untilOf(pod: Pod, container: string | undefined): number | undefined {
  const text = envOf(pod, 'ABOHB_UNTIL', container) ?? flagOf(pod, 'epochs', container);
  return text === undefined ? undefined : Number(text);
}

/** Names of the trials whose reports on record are not those of their curve, one after the other from the first. */
export function misread(table: Table, trials: readonly Trial[]): readonly string[] {
  const odd = trials.filter(({ spec, status }) => {
    const curve = table.curves[nearestRow(table, spec.parameters)] ?? [];
    const reports = status?.observations ?? [];
    return reports.some(({ resource, value }, i) => resource !== i + 1 || value !== curve[i]);
  });
  return odd.map(({ metadata }) => metadata.name);
}
