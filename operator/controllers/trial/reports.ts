/** Where a trial's reports come from: the log of its pod, or an annotation on it. */
import { REPORTS_ANNOTATION } from '../../api/common.ts';
import type { Study } from '../../api/study.ts';
import { refOf } from '../../kube/cluster.ts';
import type { Pod } from '../../kube/kinds.ts';
import type { LogFollower, LogState } from '../../metrics/follower.ts';
import { type ReportNames, reportPattern } from '../../metrics/pattern.ts';
import { type LineReader, lineReader, readAnnotation } from '../../metrics/reading.ts';
import { hasStarted } from './pod.ts';
import { container } from './view.ts';

/** What a pod has reported so far; undefined before it runs. */
export function reportsOf(
  study: Study,
  pod: Pod | undefined,
  source: { follower: LogFollower; now: number },
): LogState | undefined {
  if (!pod) return undefined;
  if (study.spec.metrics.annotation) return annotated(pod, namesOf(study), source.now);
  if (!hasStarted(pod, container(study))) return undefined;
  const { uid = '' } = pod.metadata;
  return source.follower.follow({ pod: refOf(pod), uid, container: container(study), read: readerOf(study) });
}

function namesOf({ spec }: Study): ReportNames {
  return { resource: spec.resource.name, metric: spec.objective.metric };
}

function readerOf(study: Study): LineReader {
  const text = study.spec.metrics.log?.pattern;
  const pattern = text === undefined ? undefined : reportPattern(text, namesOf(study));
  return lineReader(namesOf(study), pattern && 'match' in pattern ? pattern.match : undefined);
}

/** Reports in an annotation carry no time: they count as observed when they are first seen. */
function annotated(pod: Pod, names: ReportNames, now: number): LogState {
  const reads = readAnnotation(pod.metadata.annotations?.[REPORTS_ANNOTATION] ?? '[]', names);
  const readings = reads.flatMap((read) => (read.kind === 'report' ? [read.report] : []));
  const at = new Date(now).toISOString();
  return {
    reports: readings.filter(({ value }) => Number.isFinite(value)).map((reading) => ({ ...reading, at })),
    diverged: readings.find(({ value }) => !Number.isFinite(value)),
    otherNames: [...new Set(reads.flatMap((read) => (read.kind === 'other' ? read.names : [])))],
    tail: [],
    dropped: 0,
    complete: true,
  };
}
