/** What the schema cannot say about spec.metrics: whether the sidecar and the template fit together. */
import { metricsFolder, metricsPath, mountAt, needsSidecar } from '../objects/sidecar.ts';
import { SIDECAR } from '../sidecar/config.ts';
import type { Problem } from './problems.ts';
import type { StudySpec } from './study.ts';
import { isJobTemplate } from './workload.ts';

export function metricsProblems(spec: StudySpec): readonly Problem[] {
  return [...additionalTwice(spec), ...nameTaken(spec), ...unknownSubPath(spec)];
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

/** The sidecar does not have the environment that such a path is made of. */
function unknownSubPath(spec: StudySpec): readonly Problem[] {
  const path = metricsPath(spec);
  if (path === undefined || !isJobTemplate(spec.trialTemplate)) return [];
  const { trialTemplate, metrics } = spec;
  const { containers } = trialTemplate.spec.template.spec;
  const primary = containers.find(({ name }) => name === trialTemplate.primaryContainer) ?? containers[0];
  const mount = primary && mountAt(primary, metricsFolder(path, metrics.file ? 'file' : 'tensorBoard'));
  if (mount?.subPathExpr === undefined) return [];
  const message = `${path} is in volume ${mount.name}, mounted with subPathExpr, which the metrics sidecar cannot follow: use subPath, or a folder where nothing is mounted`;
  return [{ path: `spec.metrics.${metrics.file ? 'file' : 'tensorBoard'}.path`, message }];
}
