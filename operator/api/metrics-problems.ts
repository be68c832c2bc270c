/** What the schema cannot say about spec.metrics: whether the sidecar and the template fit together. */
import { references } from '../objects/references.ts';
import { type Mount, metricsFolder, metricsPath, mountAt, mountsOf, needsSidecar } from '../objects/sidecar.ts';
import { SIDECAR } from '../sidecar/config.ts';
import type { Problem } from './problems.ts';
import type { StudySpec } from './study.ts';
import { isJobTemplate } from './workload.ts';

export function metricsProblems(spec: StudySpec): readonly Problem[] {
  return [...additionalTwice(spec), ...nameTaken(spec), ...unsuitableVolume(spec)];
}

function additionalTwice({ metrics, objective, resource }: StudySpec): readonly Problem[] {
  return (metrics.additional ?? []).flatMap((name, i) => {
    const what = name === objective.metric ? 'objective.metric' : name === resource.name ? 'resource.name' : undefined;
    if (what === undefined) return [];
    return [{ path: `spec.metrics.additional[${i}]`, message: `${name} is ${what} already: remove it here` }];
  });
}

/** Our container and our volume have names of their own. */
function nameTaken(spec: StudySpec): readonly Problem[] {
  if (!needsSidecar(spec) || !isJobTemplate(spec.trialTemplate)) return [];
  const pod = spec.trialTemplate.spec.template.spec;
  const taken = [...pod.containers, ...(pod.initContainers ?? [])].some(({ name }) => name === SIDECAR);
  if (!taken) return [];
  const path = 'spec.trialTemplate.spec.template.spec';
  return [{ path, message: `the name ${SIDECAR} is that of the metrics sidecar: call the container otherwise` }];
}

/** The volume of the template that the reports are written to must be one the sidecar finds, and one trial has alone. */
function unsuitableVolume(spec: StudySpec): readonly Problem[] {
  const path = metricsPath(spec);
  const mount = path === undefined ? undefined : ownMountAt(spec, path);
  if (!mount) return [];
  const { subPathExpr: expression } = mount;
  const at = `spec.metrics.${spec.metrics.file ? 'file' : 'tensorBoard'}.path`;
  if (expression !== undefined && VARIABLE.test(expression)) {
    // The sidecar does not have the environment that such a path is made of.
    const message = `${path} is in volume ${mount.name}, mounted with subPathExpr, which the metrics sidecar cannot follow: use subPath, or a folder where nothing is mounted`;
    return [{ path: at, message }];
  }
  if (isOfOneTrial(spec, mount)) return [];
  const message = `${path} is in volume ${mount.name}, which all trials share, so each would report what others wrote: mount it with a subPath that holds $(trial.name), or choose a folder where nothing, an emptyDir or the checkpoint is mounted`;
  return [{ path: at, message }];
}

/** A reference of the container's own, which has no dot. */
const VARIABLE = /\$\([^.)]*\)/;

/** Undefined where nothing is mounted, or the checkpoint, of which each trial has its own folder. */
function ownMountAt({ trialTemplate, metrics, checkpoint }: StudySpec, path: string): Mount | undefined {
  if (!isJobTemplate(trialTemplate)) return undefined;
  const { containers } = trialTemplate.spec.template.spec;
  const primary = containers.find(({ name }) => name === trialTemplate.primaryContainer) ?? containers[0];
  if (!primary) return undefined;
  const ours = checkpoint && { name: '', mountPath: checkpoint.mountPath };
  const volumeMounts = [...mountsOf(primary), ...(ours ? [ours] : [])];
  const found = mountAt({ ...primary, volumeMounts }, metricsFolder(path, metrics.file ? 'file' : 'tensorBoard'));
  return found === ours ? undefined : found;
}

/** Volumes that begin and end with their pod. */
const OF_POD = ['emptyDir', 'ephemeral'];
const OF_TRIAL = ['trial.name', 'attempt.name'];

function isOfOneTrial({ trialTemplate }: StudySpec, { name, subPath, subPathExpr }: Mount): boolean {
  const volumes = isJobTemplate(trialTemplate) ? trialTemplate.spec.template.spec['volumes'] : undefined;
  const volume = (Array.isArray(volumes) ? (volumes as readonly Volume[]) : []).find((each) => each.name === name);
  // The API server says that there is no such volume.
  if (!volume || OF_POD.some((kind) => kind in volume)) return true;
  return references([subPath, subPathExpr, volume]).some((found) => OF_TRIAL.includes(found.name));
}

interface Volume {
  readonly name: string;
  readonly [kind: string]: unknown;
}
