/** The pod that takes over from that of an attempt, where what trains the trial makes another one by itself. Pure. */
import type { Attempt, Failure } from '../../api/trial.ts';
import type { Pod } from '../../kube/kinds.ts';
import { failureOf } from './failing.ts';
import { isRead } from './log-end.ts';
import { isPodOf } from './own-pod.ts';
import { finishTime, hasFinished, isUndisturbed, startTime } from './pod.ts';
import { container, reportingPods, type TrialView } from './view.ts';

type Situation = Pick<TrialView, 'study' | 'pods'>;

/** The pod that has come after that of the attempt, not beside it. */
export function successorOf(view: Situation, attempt: Attempt): Pod | undefined {
  const own = ownPod(view, attempt);
  if (own && !hasFinished(own)) return undefined;
  const others = reportingPods(view, attempt.job).filter((pod) => pod !== own && isLater(view, pod, { attempt, own }));
  return others.find((pod) => !hasFinished(pod)) ?? others.at(-1);
}

export function ownPod({ pods }: Pick<TrialView, 'pods'>, attempt: Attempt): Pod | undefined {
  return pods.find((pod) => isPodOf(attempt, pod));
}

interface Run {
  readonly attempt: Attempt;
  readonly own: Pod | undefined;
}

/** Begun after the end of the own one; where that is gone or going, after its start: its end may have been seen late. */
function isLater({ study }: Situation, pod: Pod, { attempt, own }: Run): boolean {
  const started = startTime(pod);
  // One of its name may be itself, as it was before it started.
  if (started === undefined) return pod.metadata.name !== attempt.pod;
  const end = own?.metadata.deletionTimestamp === undefined ? finishTime(own, container(study)) : undefined;
  const { startTime: start = '' } = attempt;
  return end === undefined ? Date.parse(started) > Date.parse(start) : Date.parse(started) >= Date.parse(end);
}

/** Why the code of an attempt failed that another pod has taken over from; undefined where it was disrupted. */
export function failureBefore(view: TrialView, attempt: Attempt): Failure | undefined {
  const own = ownPod(view, attempt);
  const job = view.jobs.find(({ metadata }) => metadata.name === attempt.job);
  if (!own || !job || own.status?.phase !== 'Failed' || !isUndisturbed(own)) return undefined;
  return successorOf(view, attempt) && isRead(view, own) ? failureOf(view, job, own) : undefined;
}
