/** What the metrics sidecar does in a cluster, done by this process: for pods whose primary container runs here. */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Container, ContainerStatus, Pod } from '../kube/kinds.ts';
import { unexpanded } from '../objects/references.ts';
import { metricsFolder } from '../objects/sidecar.ts';
import type { Clock } from '../runtime/clock.ts';
import { collect } from '../sidecar/collect.ts';
import { METRICS_PATH, readConfigArgument, SIDECAR, type SidecarConfig } from '../sidecar/config.ts';
import { openSource } from '../sidecar/open.ts';
import { LogFile } from './log-file.ts';

/** The sidecar of a pod; undefined for one that has none. */
export function sidecarIn(pod: Pod): Container | undefined {
  return pod.spec.initContainers?.find(({ name }) => name === SIDECAR);
}

/** The status of a pod, its sidecar included: it lives as long as the pod. */
export function withSidecarStatus(pod: Pod, status: Pod['status']): Pod['status'] {
  const main = status?.containerStatuses?.[0]?.state;
  if (!sidecarIn(pod) || !main) return status;
  const { running, terminated } = main;
  const hasRun = running ?? terminated?.startedAt;
  if (hasRun === undefined) return status;
  const state: ContainerStatus['state'] = terminated
    ? { terminated: { ...terminated, exitCode: 0, reason: 'Completed' } }
    : main;
  return { ...status, initContainerStatuses: [{ name: SIDECAR, ready: running !== undefined, state }] };
}

/** The folder a container finds its files in, when it has one of its own. */
export interface MetricsVolume {
  readonly hostPath: string;
  /** Where docker or podman mounts it. */
  readonly mountPath: string;
}

export interface ReaderOptions {
  readonly sidecar: Container;
  /** Folder of this pod's files; made where it is missing. */
  readonly folder: string;
  readonly logPath: string;
  readonly clock: Clock;
}

export class MetricsReader {
  readonly #options: ReaderOptions;
  readonly #config: SidecarConfig;
  readonly #over = new AbortController();
  #log: LogFile | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#config = readConfigArgument(options.sidecar.args?.[0]);
  }

  /** Undefined until it has started. */
  get log(): LogFile | undefined {
    return this.#log;
  }

  /** Undefined where nothing is read from files. */
  get volume(): MetricsVolume | undefined {
    const { source } = this.#config;
    if (source.kind === 'prometheus') return undefined;
    return { hostPath: this.#options.folder, mountPath: metricsFolder(source.path, source.kind) };
  }

  /** The container, told to write where this machine reads. */
  told(container: Container): Container {
    const path = unexpanded(this.#hostPath());
    const env = (container.env ?? []).map((each) => (each.name === METRICS_PATH ? { ...each, value: path } : each));
    return { ...container, env };
  }

  async start(): Promise<void> {
    const { folder, logPath, clock } = this.#options;
    if (this.volume) await mkdir(folder, { recursive: true });
    const log = new LogFile(logPath, () => clock.now());
    this.#log = log;
    const write = log.stream();
    const notices = new Set<string>();
    const say = (line: string): void => write(Buffer.from(`${line}\n`));
    const notice = (message: string): void => {
      if (!notices.has(message)) say(message);
      notices.add(message);
    };
    const config = { ...this.#config, source: this.#localSource() };
    this.#done = collect({
      names: config.names,
      source: openSource(config, notice),
      print: say,
      notice,
      sleep: (ms, signal) => clock.sleep(ms, signal),
      signal: this.#over.signal,
    });
  }

  /** Reads what is left. */
  async stop(): Promise<void> {
    this.#over.abort();
    await this.#done;
    this.#log?.close();
  }

  #localSource(): SidecarConfig['source'] {
    const { source } = this.#config;
    return source.kind === 'prometheus' ? source : { ...source, path: this.#hostPath() };
  }

  #hostPath(): string {
    const { source } = this.#config;
    return source.kind === 'file' ? join(this.#options.folder, basename(source.path)) : this.#options.folder;
  }
}
