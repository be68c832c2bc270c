/** The volume of a template that the training code reports into: who else finds there what it has written. Pure. */
import type { StudySpec } from '../api/study.ts';
import { isJobTemplate } from '../api/workload.ts';
import { references } from './references.ts';
import { type Mount, metricsFolder, metricsPath, mountAt, mountsOf } from './sidecar.ts';

export interface MetricsVolume {
  readonly mount: Mount;
  /**
   * Pod: it is empty when a pod begins. Trial: what one attempt wrote is there for the next. Study: all trials write into
   * the same.
   */
  readonly isOf: 'Pod' | 'Trial' | 'Study';
}

/** Undefined where there are no files, or where an empty volume is mounted for them. */
export function metricsVolume(spec: StudySpec): MetricsVolume | undefined {
  const { trialTemplate, metrics, checkpoint } = spec;
  const path = metricsPath(spec);
  if (path === undefined || !isJobTemplate(trialTemplate)) return undefined;
  const { containers, volumes } = trialTemplate.spec.template.spec;
  const primary = containers.find(({ name }) => name === trialTemplate.primaryContainer) ?? containers[0];
  if (!primary) return undefined;
  const ours = checkpoint && { name: 'checkpoint', mountPath: checkpoint.mountPath };
  const volumeMounts = [...mountsOf(primary), ...(ours ? [ours] : [])];
  const mount = mountAt({ ...primary, volumeMounts }, metricsFolder(path, metrics.file ? 'file' : 'tensorBoard'));
  if (!mount) return undefined;
  return { mount, isOf: mount === ours ? 'Trial' : sharedBy(mount, volumes) };
}

interface Volume {
  readonly name: string;
  readonly [kind: string]: unknown;
}

/** Volumes that begin and end with their pod. */
const OF_POD = ['emptyDir', 'ephemeral'];

function sharedBy({ name, subPath, subPathExpr }: Mount, volumes: unknown): MetricsVolume['isOf'] {
  const volume = (Array.isArray(volumes) ? (volumes as readonly Volume[]) : []).find((each) => each.name === name);
  // Of one that is not there the API server tells.
  if (!volume || OF_POD.some((kind) => kind in volume)) return 'Pod';
  const names = references([subPath, subPathExpr, volume]).map((found) => found.name);
  if (names.includes('attempt.name')) return 'Pod';
  return names.includes('trial.name') ? 'Trial' : 'Study';
}
