/**
 * The sidecar of a trial's pod: reads what the training code leaves in files or on a page, and prints it as the lines the
 * operator follows. A native one: it starts before the training code, ends after it, and keeps no Job alive.
 */
import type { StudySpec } from '../api/study.ts';
import type { Container, PodSpec } from '../kube/kinds.ts';
import type { ReportNames } from '../metrics/reading.ts';
import { configArgument, METRICS_PATH, SIDECAR, type SourceConfig } from '../sidecar/config.ts';

type Spec = StudySpec;

export function reportNames({ resource, objective, metrics }: Spec): ReportNames {
  return { resource: resource.name, metric: objective.metric, additional: metrics.additional };
}

export function needsSidecar(spec: Spec): boolean {
  return sourceOf(spec) !== undefined;
}

/** Where the training code is to write; undefined where it writes no files for a sidecar. */
export function metricsPath({ metrics: { file, tensorBoard } }: Spec): string | undefined {
  return file?.path ?? tensorBoard?.path;
}

function sourceOf({ metrics: { file, tensorBoard, prometheus }, resource }: Spec): SourceConfig | undefined {
  if (file) return { kind: 'file', path: file.path, format: file.format ?? formatOf(file.path) };
  if (tensorBoard) return { kind: 'tensorBoard', ...tensorBoard };
  if (!prometheus) return undefined;
  const { port, path, intervalSeconds, resource: series = resource.name } = prometheus;
  return { kind: 'prometheus', port, path, intervalMs: intervalSeconds * 1000, resource: series };
}

function formatOf(path: string): 'JSON' | 'CSV' {
  return path.toLowerCase().endsWith('.csv') ? 'CSV' : 'JSON';
}

interface Surroundings {
  readonly spec: Spec;
  /** Name of the container that trains. */
  readonly primary: string;
  /** The operator's own image. */
  readonly image: string;
}

/** The pod with its sidecar, where the Study needs one. */
export function withSidecar(pod: PodSpec, { spec, primary, image }: Surroundings): PodSpec {
  const source = sourceOf(spec);
  if (!source) return pod;
  const path = metricsPath(spec);
  const placed = path === undefined ? { pod, mounts: [] } : withVolume(pod, primary, { path, source });
  const sidecar: Container = {
    ...container(image, isRoot(pod)),
    args: [configArgument({ names: reportNames(spec), source })],
    ...(placed.mounts.length > 0 && { volumeMounts: placed.mounts }),
  };
  return { ...placed.pod, initContainers: [...(placed.pod.initContainers ?? []), sidecar] };
}

/** Requests equal limits: a pod whose other containers do so too stays Guaranteed, which pinned CPUs need. */
const AMOUNTS = { cpu: '100m', memory: '128Mi' };

function container(image: string, isPodRoot: boolean): Container {
  return {
    name: SIDECAR,
    image,
    restartPolicy: 'Always',
    command: ['node', '--max-old-space-size=64', 'dist/operator/sidecar/main.js'],
    resources: { requests: AMOUNTS, limits: AMOUNTS },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      // The image's own user, or the pod's; not the root that a pod asks for.
      ...(isPodRoot && { runAsUser: NOBODY }),
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

const NOBODY = 65_532;

function isRoot(pod: PodSpec): boolean {
  return (pod['securityContext'] as { readonly runAsUser?: unknown } | undefined)?.runAsUser === 0;
}

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly subPathExpr?: string;
  readonly [field: string]: unknown;
}

interface Placed {
  readonly pod: PodSpec;
  /** Of the sidecar. */
  readonly mounts: readonly Mount[];
}

/** The volume that holds the files, mounted by both: the training code's own, or an empty one at their folder. */
function withVolume(pod: PodSpec, primary: string, place: { readonly path: string; source: SourceConfig }): Placed {
  const folder = metricsFolder(place.path, place.source.kind);
  const training = pod.containers.find(({ name }) => name === primary);
  const own = training && mountAt(training, folder);
  if (own) return { pod, mounts: [{ ...own, readOnly: true }] };
  const mount: Mount = { name: SIDECAR, mountPath: folder };
  const containers = pod.containers.map((each) =>
    each.name === primary ? { ...each, volumeMounts: [...mountsOf(each), mount] } : each,
  );
  const volumes = Array.isArray(pod['volumes']) ? (pod['volumes'] as readonly unknown[]) : [];
  const volume = { name: SIDECAR, emptyDir: {} };
  return { pod: { ...pod, containers, volumes: [...volumes, volume] }, mounts: [{ ...mount, readOnly: true }] };
}

export function metricsFolder(path: string, kind: SourceConfig['kind']): string {
  return kind === 'file' ? path.slice(0, path.lastIndexOf('/')) : path.replace(/\/$/, '');
}

/** The container's mount that holds a folder: the deepest. */
export function mountAt(container: Container, folder: string): Mount | undefined {
  return mountsOf(container)
    .filter(({ mountPath }) => `${folder}/`.startsWith(`${mountPath.replace(/\/$/, '')}/`))
    .toSorted((a, b) => b.mountPath.length - a.mountPath.length)[0];
}

export function mountsOf(container: Container): readonly Mount[] {
  return Array.isArray(container['volumeMounts']) ? (container['volumeMounts'] as readonly Mount[]) : [];
}

/** Added to what every container gets to know. */
export function metricsEnvironment(spec: Spec): readonly { readonly name: string; readonly value: string }[] {
  const path = metricsPath(spec);
  return path === undefined ? [] : [{ name: METRICS_PATH, value: path }];
}
