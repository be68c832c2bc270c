/** The command line that runs a container: its own command as a local process, or its image by docker or podman. */
import { resolve } from 'node:path';
import type { Container } from '../kube/kinds.ts';
import { type Environment, environmentOf, expand, type Refusal } from './expand.ts';

export type Engine = 'process' | 'docker' | 'podman';

export interface LaunchOptions {
  readonly engine: Engine;
  /** What the commands find in their environment besides the container's own variables: PATH, HOME, … */
  readonly environment: Environment;
  /** Where a command runs that names no directory, and from where relative ones count. Absolute. */
  readonly workingDir: string;
}

/** Where a process finds what an earlier one of the same trial has kept: ABOHB_CHECKPOINT_DIR says it. */
export interface CheckpointFolder {
  readonly hostPath: string;
  /** Where docker or podman mounts it. */
  readonly mountPath: string;
}

export interface Placement {
  /** Unique on this machine. */
  readonly name: string;
  /** Undefined: GPUs are not administered, the process sees them all. */
  readonly devices?: readonly string[] | undefined;
  readonly checkpoint?: CheckpointFolder | undefined;
  /** Mounted by docker or podman. */
  readonly metrics?: { readonly hostPath: string; readonly mountPath: string } | undefined;
}

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  /** Ends what may be left when `file` itself was killed. */
  readonly cleanup?: Omit<Launch, 'cleanup'> | undefined;
}

export function launch(container: Container, placement: Placement, options: LaunchOptions): Launch | Refusal {
  const variables = environmentOf(container, checkpointVariable(placement, options));
  if ('refused' in variables) return variables;
  const resolved = { container, env: variables.env, placement };
  return options.engine === 'process' ? processLaunch(resolved, options) : imageLaunch(resolved, options);
}

function checkpointVariable({ checkpoint }: Placement, { engine }: LaunchOptions): Environment {
  if (!checkpoint) return {};
  return { ABOHB_CHECKPOINT_DIR: engine === 'process' ? checkpoint.hostPath : checkpoint.mountPath };
}

interface Resolved {
  readonly container: Container;
  readonly env: Environment;
  readonly placement: Placement;
}

function processLaunch({ container, env, placement }: Resolved, options: LaunchOptions): Launch | Refusal {
  const [file, ...args] = argvOf(container.command, env);
  if (file === undefined) {
    const why = `container ${container.name} has no command, only its image's entrypoint`;
    return { refused: `${why}: add \`command\` to the container or run with --engine docker|podman` };
  }
  return {
    file,
    args: [...args, ...argvOf(container.args, env)],
    env: { ...options.environment, ...env, ...visibleDevices(placement.devices) },
    cwd: resolve(options.workingDir, container.workingDir ?? ''),
  };
}

function imageLaunch({ container, env, placement }: Resolved, options: LaunchOptions): Launch | Refusal {
  const { engine, environment, workingDir } = options;
  const { checkpoint, metrics } = placement;
  const { name, image } = container;
  if (image === undefined) return { refused: `container ${name} has no image: add one or run without --engine` };
  const [entrypoint, ...rest] = argvOf(container.command, env);
  const flags = [
    ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...(container.workingDir === undefined ? [] : ['--workdir', container.workingDir]),
    ...[checkpoint, metrics].flatMap((each) => (each ? ['--volume', `${each.hostPath}:${each.mountPath}`] : [])),
    ...deviceFlags(engine, placement.devices ?? []),
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
  ];
  const surroundings = { file: engine, env: environment, cwd: workingDir };
  return {
    ...surroundings,
    args: ['run', '--rm', '--name', placement.name, ...flags, image, ...rest, ...argvOf(container.args, env)],
    cleanup: { ...surroundings, args: ['rm', '--force', placement.name] },
  };
}

function argvOf(words: readonly string[] | undefined, env: Environment): readonly string[] {
  return (words ?? []).map((word) => expand(word, env));
}

/** No devices are an empty list, or the process would see them all. */
function visibleDevices(devices: readonly string[] | undefined): Environment {
  return devices === undefined ? {} : { CUDA_VISIBLE_DEVICES: devices.join(',') };
}

function deviceFlags(engine: Engine, devices: readonly string[]): readonly string[] {
  if (devices.length === 0) return [];
  if (engine === 'podman') return devices.flatMap((device) => ['--device', `nvidia.com/gpu=${device}`]);
  // The value is a line of comma-separated options: quoted, or the second device would be the next option.
  return ['--gpus', `"device=${devices.join(',')}"`];
}
