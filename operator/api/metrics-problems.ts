/** What the schema cannot say about spec.metrics: whether the sidecar and the template fit together. */
import { metricsVolume } from '../objects/metrics-volume.ts';
import { metricsPath, needsSidecar } from '../objects/sidecar.ts';
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
  const volume = metricsVolume(spec);
  if (!volume) return [];
  const { subPathExpr: expression, name } = volume.mount;
  const path = `spec.metrics.${spec.metrics.file ? 'file' : 'tensorBoard'}.path`;
  const place = `${metricsPath(spec)} is in volume ${name}`;
  if (expression !== undefined && VARIABLE.test(expression)) {
    // The sidecar does not have the environment that such a path is made of.
    const message = `${place}, mounted with subPathExpr, which the metrics sidecar cannot follow: use subPath, or a folder where nothing is mounted`;
    return [{ path, message }];
  }
  if (volume.isOf !== 'Study') return [];
  const message = `${place}, which all trials share, so each would report what others wrote: mount it with a subPath that holds $(trial.name), or choose a folder where nothing, an emptyDir or the checkpoint is mounted`;
  return [{ path, message }];
}

/** A reference of the container's own, which has no dot. */
const VARIABLE = /\$\([^.)]*\)/;
