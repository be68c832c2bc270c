/** What the sidecar reads from, whatever it is. */
import type { JsonObject } from '../metrics/json.ts';

export interface MetricsSource {
  /**
   * What has come since the last call, oldest first: objects of names and values. Yields between portions. `isLast`: the
   * training code has ended, so that what looks unfinished is all there will be.
   */
  read(isLast: boolean): AsyncIterable<JsonObject>;
  /** Milliseconds from one look to the next. */
  readonly everyMs: number;
  /** Nothing more will be read. */
  close(): Promise<void>;
}

/** Tells the user, on the sidecar's standard error, what it has come across; once each. */
export type Notice = (message: string) => void;
