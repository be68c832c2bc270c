/**
 * The parts that controllers of objects which train trials play: that of Jobs, and that of a kind of the simulation's own,
 * a Gang, which says in its spec how it treats its pods.
 */
import { TRIAL_LABEL } from '../../operator/api/common.ts';
import type { StudySpec } from '../../operator/api/study.ts';
import { isTrue } from '../../operator/conditions.ts';
import type { Kind } from '../../operator/kube/cluster.ts';
import { type Condition, JOB, type Job, type JobSpec, type Pod } from '../../operator/kube/kinds.ts';
import { asJob } from '../../operator/objects/workload.ts';

export const GANG: Kind<Job> = { group: 'example.com', version: 'v1', kind: 'Gang', plural: 'gangs' };

type Labels = Readonly<Record<string, string>>;

/** The spec of a Gang. */
export interface GangSpec {
  /** Its pod carries the labels of its template. */
  readonly copiesLabels: boolean;
  /** Further labels of its pod. */
  readonly podLabels: Labels;
  /** A pod that is lost is replaced; else the Gang fails. */
  readonly replacesLost: boolean;
  /** All its pods, one after the other, have the same name. */
  readonly namesAlike: boolean;
  readonly workers: { readonly replicas: 1; readonly template: JobSpec['template'] };
}

export interface Play {
  readonly kind: Kind<Job>;
  readonly template: (object: Job) => JobSpec['template'];
  readonly podLabels: (object: Job) => Labels;
  /** Of the pod that is the run-th, counted from 1. */
  readonly podName: (object: Job, run: number) => string;
  /** A pod of the object has ended without success: another one is made, and the object has not failed. */
  readonly replaces: (object: Job, pod: Pod) => boolean;
  /** The condition that tells how an object ended. */
  readonly ended: (isGood: boolean) => Pick<Condition, 'type' | 'status'>;
  /** The object with the conditions a Job would have. */
  readonly asJob: (object: Job) => Job;
}

const ofJobs: Play = {
  kind: JOB,
  template: ({ spec }) => spec.template,
  podLabels: ({ spec }) => spec.template.metadata?.labels ?? {},
  podName: ({ metadata: { name } }, run) => (run === 1 ? `${name}-pod` : `${name}-pod-${run}`),
  // What was disrupted is ignored, as the operator's podFailurePolicy says; nothing else is tried again.
  replaces: (_, pod) => wasDisrupted(pod),
  ended: (isGood) => ({ type: isGood ? 'Complete' : 'Failed', status: 'True' }),
  asJob: (job) => job,
};

function wasDisrupted({ status }: Pod): boolean {
  return isTrue(status?.conditions, 'DisruptionTarget');
}

const specOf = ({ spec }: Job): GangSpec => spec as unknown as GangSpec;

function ofGangs(study: StudySpec): Play {
  const { success, failure } = study.trialTemplate;
  return {
    kind: GANG,
    template: (object) => specOf(object).workers.template,
    podLabels: (object) => {
      const { copiesLabels, podLabels, workers } = specOf(object);
      return { ...(copiesLabels && workers.template.metadata?.labels), ...podLabels };
    },
    podName: (object, run) => ofJobs.podName(object, specOf(object).namesAlike ? 1 : run),
    replaces: (object, pod) =>
      specOf(object).replacesLost && (wasDisrupted(pod) || pod.metadata.deletionTimestamp !== undefined),
    ended: (isGood) => ({ type: 'none', status: 'True', ...(isGood ? success : failure) }),
    asJob: (object) => asJob(object, study),
  };
}

/** The part of the controller of what a Study's trials are. */
export function playOf(study: StudySpec): Play {
  return study.trialTemplate.kind === GANG.kind ? ofGangs(study) : ofJobs;
}

/** On every simulated pod, whatever its labels: the name of its trial. */
const TRIAL_ANNOTATION = 'simulation/trial';

export function ofTrial(trial: string): Pick<Pod['metadata'], 'annotations'> {
  return { annotations: { [TRIAL_ANNOTATION]: trial } };
}

/** Pods that are not simulated are those of Jobs, which carry our label. */
export function trialOf({ metadata }: Pod): string {
  return metadata.annotations?.[TRIAL_ANNOTATION] ?? metadata.labels?.[TRIAL_LABEL] ?? '';
}
