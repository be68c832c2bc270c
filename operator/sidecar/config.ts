/** What the sidecar is told: written by the operator into its arguments, read by its program. */
import type { ReportNames } from '../metrics/reading.ts';

/** Name of its container, and of the volume it shares with the training code where that mounts none. */
export const SIDECAR = 'abohb-metrics';

/** What the training code finds in its environment: where it is to write. */
export const METRICS_PATH = 'ABOHB_METRICS_PATH';

export type SourceConfig =
  | { readonly kind: 'file'; readonly path: string; readonly format: 'JSON' | 'CSV' }
  | {
      readonly kind: 'tensorBoard';
      /** A folder. */
      readonly path: string;
      readonly stepsPerUnit: number;
      readonly firstStep: number;
    }
  | {
      readonly kind: 'prometheus';
      readonly port: number;
      /** Of the page. */
      readonly path: string;
      readonly intervalMs: number;
      /** Name of the series that holds the resource. */
      readonly resource: string;
    };

export interface SidecarConfig {
  readonly names: ReportNames;
  readonly source: SourceConfig;
}

/** One argument. Kubernetes replaces `$(…)` in arguments: no dollar sign is left for it to see. */
export function configArgument(config: SidecarConfig): string {
  return JSON.stringify(config).replaceAll('$', '\\u0024');
}

/** Throws a SyntaxError for what `configArgument` has not written. */
export function readConfigArgument(argument: string | undefined): SidecarConfig {
  const config = JSON.parse(argument ?? '') as Partial<SidecarConfig>;
  if (!config.names || !config.source) throw new SyntaxError('the configuration has no names or no source');
  return { names: config.names, source: config.source };
}
