/** Whether all that a pod said has been read. Pure. */
import type { Pod } from '../../kube/kinds.ts';
import { finishTime, hasFinished, hasStarted, termination } from './pod.ts';
import { reportingContainer } from './reports.ts';
import { container, type TrialView } from './view.ts';

/** A log that cannot be read for so long after its end is given up. */
const LOG_PATIENCE_MS = 2 * 60_000;

/** The log of this pod, which is the one that is followed, has been read to its end, or has had its time. */
export function isRead(view: Pick<TrialView, 'study' | 'news' | 'now'>, pod: Pod, ended = endOf(view, pod)): boolean {
  return isLogRead(view, pod) || view.now - ended > LOG_PATIENCE_MS;
}

function isLogRead({ study, news }: Pick<TrialView, 'study' | 'news'>, pod: Pod): boolean {
  const hasEnded = hasFinished(pod) || termination(pod, container(study)) !== undefined;
  return hasEnded && (news?.complete ?? !hasStarted(pod, reportingContainer(study)));
}

/** Milliseconds since the epoch; 0 for a pod whose code is not known to have ended, such as that of a node that was lost. */
function endOf({ study }: Pick<TrialView, 'study'>, pod: Pod): number {
  return Date.parse(finishTime(pod, container(study)) ?? '') || 0;
}
