/** The logs of simulated pods as a kubelet shows them: from a time on, and of one that was rotated only the last lines. */
import { KubeError, keyOf, type LogOptions, type ObjectRef, refOf } from '../../operator/kube/cluster.ts';
import type { Pod } from '../../operator/kube/kinds.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import { stream } from '../../src/rng.ts';
import { reportsIn } from './sidecar.ts';

/** The training code of one pod. */
export interface Process {
  readonly pod: ObjectRef;
  readonly uid: string;
  readonly lines: { readonly at: number; readonly bytes: Uint8Array }[];
  readonly reports: string[];
  ended: boolean;
  /** It has been told to end and stopped training. */
  hasHeard: boolean;
  /** Its node is lost: nothing is heard of it any more. */
  isStranded: boolean;
  wake: () => void;
}

/** Lines that a log which has been rotated still shows. */
const KEPT = 3;

/** Where logs are rotated, their runtime is down for so long, with this chance. */
const DOWN_MS = 4_000;
const DOWN = 0.1;

export interface LogsOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly seed: number;
  /** Chance that a log that is opened shows no more than its last lines. */
  readonly rotate: number;
}

export class KubeletLogs {
  readonly #options: LogsOptions;
  /** By namespace/name of the pod. */
  readonly #processes = new Map<string, Process>();

  constructor(options: LogsOptions) {
    this.#options = options;
  }

  begin(pod: Pod): Process {
    const ref = refOf(pod);
    const process: Process = {
      pod: ref,
      uid: pod.metadata.uid ?? '',
      lines: [],
      reports: [],
      ended: false,
      hasHeard: false,
      isStranded: false,
      wake: () => undefined,
    };
    this.#processes.set(keyOf(ref), process);
    return process;
  }

  /** Undefined for a pod that never ran. */
  of(pod: Pod): Process | undefined {
    const process = this.#processes.get(keyOf(refOf(pod)));
    return process?.uid === pod.metadata.uid ? process : undefined;
  }

  print(process: Process, line: string): void {
    const at = this.#options.clock.now();
    process.lines.push({ at, bytes: new TextEncoder().encode(`${new Date(at).toISOString()} ${line}\n`) });
    process.wake();
  }

  end(process: Process): void {
    process.ended = true;
    process.wake();
  }

  async *read(pod: Pod, { container, since }: LogOptions): AsyncGenerator<Uint8Array> {
    const process = this.of(pod);
    if (!process || !reportsIn(pod, container)) return;
    if (process.isStranded) throw new KubeError('ServerError', 'dial tcp: connect: no route to host', { status: 500 });
    if (this.#isRuntimeDown()) {
      yield new TextEncoder().encode(`unable to retrieve container logs for containerd://${process.uid}`);
      return;
    }
    // To the second, as the API server passes it on.
    const from = since === undefined ? 0 : Math.floor(Date.parse(since) / 1000) * 1000;
    for (let i = this.#rotated(process); ; ) {
      const line = process.lines[i];
      if (line) {
        i += 1;
        if (line.at >= from) yield line.bytes;
      } else if (process.ended) return;
      else await news(process);
    }
  }

  /** Of all pods, for seconds; the kubelet then says so in the log's place. */
  #isRuntimeDown(): boolean {
    const { seed, rotate, clock } = this.#options;
    const isRough = rotate > 0;
    return isRough && stream(seed, 'runtime', Math.floor(clock.now() / DOWN_MS)).uniform() < DOWN;
  }

  /** The first line that is still there. */
  #rotated({ lines }: Process): number {
    const { seed, rotate } = this.#options;
    const isRotated = stream(seed, 'rotation', lines.length).uniform() < rotate;
    return isRotated ? Math.max(0, lines.length - KEPT) : 0;
  }
}

function news(process: Process): Promise<void> {
  return new Promise((resolve) => {
    const before = process.wake;
    process.wake = () => {
      before();
      resolve();
    };
  });
}
