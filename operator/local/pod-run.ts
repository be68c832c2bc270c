/** The life of one pod's process, from waiting for GPUs to its end. Knows nothing of the cluster. */
import { mkdir } from 'node:fs/promises';
import type { Container } from '../kube/kinds.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Child, startChild } from './child.ts';
import type { Refusal } from './expand.ts';
import { type GpuRequest, type Gpus, gpusOf } from './gpus.ts';
import { type CheckpointFolder, type Launch, type LaunchOptions, launch } from './launch.ts';
import { LogFile } from './log-file.ts';
import type { MetricsReader } from './metrics-reader.ts';
import { type Ending, time } from './pods.ts';
import type { ProcessIdentity } from './process.ts';

export type RunState =
  /** waiting: for GPUs. */
  | { readonly phase: 'Queued'; readonly waiting?: { readonly message: string; readonly since: string } }
  /** process: undefined when it ended before it could be identified. */
  | { readonly phase: 'Running'; readonly process: ProcessIdentity | undefined; readonly startedAt: string }
  | { readonly phase: 'Ended'; readonly ending: Ending };

export interface PodRunOptions {
  /** Of the process, for engines that name theirs. */
  readonly name: string;
  readonly container: Container;
  readonly logPath: string;
  /** Undefined: GPUs are not administered. */
  readonly gpus: Gpus | undefined;
  readonly launching: LaunchOptions;
  /** Made where it is missing. */
  readonly checkpoint?: CheckpointFolder | undefined;
  /** Reads the reports it leaves elsewhere than in its log. */
  readonly reader?: MetricsReader | undefined;
  readonly clock: Clock;
  /** When it has to have ended, in milliseconds since the epoch. */
  readonly deadline?: number | undefined;
  /** Between SIGTERM and SIGKILL when the deadline has passed. */
  readonly graceMs: number;
  /** Called after each change of state, the last of which is to Ended. */
  readonly onChange: () => void;
}

type Cause = Ending['cause'];

/** What containerd reports for a container that could not be started. */
const START_ERROR = 128;
const KILLED = 137;

export class PodRun {
  readonly #options: PodRunOptions;
  readonly #over = new AbortController();
  /** Asked to end: why. The first reason counts. */
  #cause: Cause | undefined;
  #graceMs = 0;
  #child: Child | undefined;
  /** Set while it waits for GPUs. */
  #leaveQueue: (() => void) | undefined;
  #log: LogFile | undefined;
  #state: RunState = { phase: 'Queued' };

  constructor(options: PodRunOptions) {
    this.#options = options;
    void this.#live();
  }

  get state(): RunState {
    return this.#state;
  }

  /** Undefined until the process has started. */
  get log(): LogFile | undefined {
    return this.#log;
  }

  /** Of what is read elsewhere than in its log. */
  get metricsLog(): LogFile | undefined {
    return this.#log && this.#options.reader?.log;
  }

  /** Ends the process: SIGTERM now, SIGKILL after so many milliseconds. May be called again with fewer. */
  async end(cause: Cause, graceMs: number): Promise<void> {
    this.#cause ??= cause;
    this.#graceMs = graceMs;
    if (this.park()) this.#become({ phase: 'Ended', ending: this.#neverStarted() });
    await this.#child?.terminate(graceMs);
  }

  /** Gives up waiting for GPUs, for good and without a word; false when it does not wait. */
  park(): boolean {
    if (this.#leaveQueue === undefined) return false;
    this.#leaveQueue();
    this.#leaveQueue = undefined;
    this.#over.abort();
    return true;
  }

  async #live(): Promise<void> {
    void this.#watchDeadline();
    const ending = await this.#run().catch((error: unknown) => this.#failed(String(error)));
    this.#over.abort();
    this.#become({ phase: 'Ended', ending });
  }

  async #run(): Promise<Ending> {
    const { container, gpus } = this.#options;
    const request = gpusOf(container);
    if ('refused' in request) return this.#failed(request.refused);
    const { count } = request;
    const total = gpus?.total ?? 0;
    if (count > total)
      return this.#failed(
        `nvidia.com/gpu: ${count} is more than the ${total} GPUs of this run: give it more with --gpus`,
      );
    const devices = count > 0 && gpus ? await this.#devices(gpus, count) : gpus && [];
    try {
      return await this.#process(devices);
    } finally {
      if (devices) gpus?.release(devices);
    }
  }

  /** Waits for so many GPUs; for ever when it is parked. */
  #devices(gpus: Gpus, count: number): Promise<readonly string[]> {
    return new Promise((resolve) => {
      const request: GpuRequest = {
        count,
        grant: (devices) => {
          this.#leaveQueue = undefined;
          resolve(devices);
        },
      };
      this.#leaveQueue = () => gpus.withdraw(request);
      gpus.request(request);
      if (this.#leaveQueue === undefined) return;
      const message = `waiting for GPUs: ${count} needed, ${gpus.free} of ${gpus.total} free`;
      this.#become({ phase: 'Queued', waiting: { message, since: time(this.#options.clock.now()) } });
    });
  }

  async #process(devices: readonly string[] | undefined): Promise<Ending> {
    const { logPath, clock, checkpoint, reader } = this.#options;
    if (this.#cause) return this.#neverStarted();
    const command = this.#command(devices);
    if ('refused' in command) return this.#failed(command.refused);
    if (checkpoint) await mkdir(checkpoint.hostPath, { recursive: true });
    const log = new LogFile(logPath, () => clock.now());
    await reader?.start();
    try {
      const child = await startChild(command, log, clock);
      if ('refused' in child) return this.#failed(child.refused);
      this.#log = log;
      return await this.#follow(child, log);
    } finally {
      await reader?.stop();
      log.close();
    }
  }

  #command(devices: readonly string[] | undefined): Launch | Refusal {
    const { name, container, launching, checkpoint, reader } = this.#options;
    const told = reader && launching.engine === 'process' ? reader.told(container) : container;
    return launch(told, { name, devices, checkpoint, metrics: reader?.volume }, launching);
  }

  async #follow(child: Child, log: LogFile): Promise<Ending> {
    const startedAt = time(this.#options.clock.now());
    this.#child = child;
    this.#become({ phase: 'Running', process: child.identity, startedAt });
    // Asked to end while it was being started: nobody has told it yet.
    if (this.#cause) void child.terminate(this.#graceMs);
    const { exitCode } = await child.exited;
    const message = log.failure && `its log is incomplete: ${log.failure.message}`;
    return this.#ending(exitCode, { startedAt, ...(message === undefined ? {} : { message }) });
  }

  async #watchDeadline(): Promise<void> {
    const { clock, deadline, graceMs } = this.#options;
    if (deadline === undefined) return;
    const isLate = await clock.sleep(Math.max(0, deadline - clock.now()), this.#over.signal).then(
      () => true,
      () => false, // It ended in time.
    );
    if (isLate) await this.end({ type: 'DeadlineExceeded' }, graceMs);
  }

  #neverStarted(): Ending {
    return this.#ending(KILLED, { message: 'ended before it was started' });
  }

  #failed(message: string): Ending {
    const finishedAt = time(this.#options.clock.now());
    return { exitCode: START_ERROR, message, finishedAt, cause: { type: 'StartError' } };
  }

  #ending(exitCode: number, details: Pick<Ending, 'message' | 'startedAt'>): Ending {
    const finishedAt = time(this.#options.clock.now());
    const cause: Cause = this.#cause ?? { type: 'Exited' };
    const message = cause.type === 'Disrupted' ? { message: cause.message } : {};
    return { exitCode, ...message, ...details, finishedAt, cause };
  }

  #become(state: RunState): void {
    this.#state = state;
    this.#options.onChange();
  }
}
