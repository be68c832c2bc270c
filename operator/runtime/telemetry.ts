/** What the runtime counts; the metrics themselves are named in one place, outside it. */
export interface RuntimeTelemetry {
  /** One reconcile ended, well or not, after this many seconds. */
  reconciled(controller: string, seconds: number): void;
  /** One reconcile failed with this stable error code. */
  reconcileFailed(controller: string, code: string): void;
  /** The number of keys waiting, asked for whenever metrics are read. */
  queueDepth(controller: string, depth: () => number): void;
  /** A list or watch of this kind broke, for this stable reason, and begins again. */
  watchRestarted(kind: string, reason: string): void;
  /** Whether this process holds the lease. */
  leading(isLeader: boolean): void;
  /** An Event was thrown away because too many were waiting or the server kept refusing it. */
  eventDropped(): void;
}
