/** The claim that holds the checkpoints of a Study, the folder of each trial in it, and the Job that removes folders. */
import { API_VERSION, STUDY_LABEL, TRIALS_ANNOTATION } from '../api/common.ts';
import type { Study, StudySpec } from '../api/study.ts';
import type { Trial } from '../api/trial.ts';
import type { OwnerReference } from '../kube/cluster.ts';
import type { Claim, Job, PodSpec } from '../kube/kinds.ts';
import { references } from './references.ts';
import { podsIn, primaryOf } from './workload.ts';

/** The claim trials mount; undefined where there is none. */
export function claimName({ metadata, spec }: Pick<Study, 'metadata' | 'spec'>): string | undefined {
  return spec.checkpoint && (spec.checkpoint.claimName ?? `${metadata.name}-checkpoints`);
}

/** In the claim. Another trial of the same name, of a Study that was made anew, must not find it. */
export function checkpointFolder({ metadata: { name, uid = '' } }: Pick<Trial, 'metadata'>): string {
  return `${name}-${uid.slice(0, UID_LENGTH)}`;
}

const UID_LENGTH = 8;

/** The claim to be made for a Study; undefined where it uses one that exists. */
export function checkpointClaim(study: Study): Claim | undefined {
  const { claimTemplate, retain } = study.spec.checkpoint ?? {};
  if (!claimTemplate) return undefined;
  const { labels, annotations } = claimTemplate.metadata ?? {};
  const { name, namespace = '' } = study.metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(study) ?? '',
      namespace,
      labels: { ...labels, [STUDY_LABEL]: name },
      ...(annotations && { annotations }),
      ...(retain === 'None' && { ownerReferences: [ownedBy(study)] }),
    },
    spec: claimTemplate.spec,
  };
}

export function cleaningName(study: Study): string {
  return `${study.metadata.name}-clean`;
}

const MOUNT_PATH = '/checkpoints';
const CLEANING_SECONDS = 600;
/** Long enough to look at why it failed; then it is made anew. */
const KEPT_SECONDS = 3600;

/** Removes the folders of these trials. Runs as whoever wrote them: as the user of the pods that train. */
export function cleaningJob(study: Study, trials: readonly Trial[], image: string): Job {
  const labels = {
    ...withoutReferences(study.spec.trialTemplate.metadata?.labels),
    [STUDY_LABEL]: study.metadata.name,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: cleaningName(study),
      namespace: study.metadata.namespace ?? '',
      labels,
      annotations: { [TRIALS_ANNOTATION]: trials.map(({ metadata }) => metadata.name).join(',') },
      ownerReferences: [ownedBy(study)],
    },
    spec: {
      backoffLimit: 2,
      activeDeadlineSeconds: CLEANING_SECONDS,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels: { [STUDY_LABEL]: study.metadata.name } },
        spec: cleaningPod(study, trials, image),
      },
    },
  };
}

/** It belongs to no trial: nothing could stand for a reference. */
function withoutReferences<T>(fields: Readonly<Record<string, T>> = {}): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => references(value).length === 0));
}

function cleaningPod(study: Study, trials: readonly Trial[], image: string): PodSpec {
  const pod = withoutReferences(trainingPod(study.spec));
  const volume = { name: 'checkpoints', persistentVolumeClaim: { claimName: claimName(study) } };
  return {
    ...Object.fromEntries(Object.entries(pod).filter(([field]) => INHERITED.has(field))),
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'clean',
        image,
        command: ['node', 'dist/operator/clean.js', MOUNT_PATH, ...trials.map(checkpointFolder)],
        resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
        volumeMounts: [{ name: volume.name, mountPath: MOUNT_PATH }],
        securityContext: identity(study.spec),
      },
    ],
    volumes: [volume],
  };
}

/** So that it may run where the volume is, and has the rights to it. */
const INHERITED: ReadonlySet<string> = new Set([
  'securityContext',
  'tolerations',
  'nodeSelector',
  'affinity',
  'imagePullSecrets',
  'serviceAccountName',
]);

interface Identity {
  readonly runAsUser?: number;
  readonly runAsNonRoot?: boolean;
}

/** The pod that writes the checkpoints; with nothing in it where a kind makes its pods itself. */
function trainingPod({ trialTemplate }: StudySpec): PodSpec {
  const pods = podsIn(trialTemplate);
  return pods.find((pod) => primaryOf(pod, trialTemplate)) ?? pods[0] ?? { containers: [] };
}

/** An image whose user nobody names runs as root, mostly. */
function identity(spec: StudySpec): Identity {
  const pod = trainingPod(spec);
  const primary = withoutReferences(primaryOf(pod, spec.trialTemplate));
  const own = (primary['securityContext'] ?? {}) as Identity;
  const { runAsUser, runAsNonRoot } = {
    ...(withoutReferences(pod)['securityContext'] as Identity | undefined),
    ...own,
  };
  return runAsUser === undefined && runAsNonRoot !== true ? { ...own, runAsUser: 0 } : own;
}

function ownedBy(study: Study): OwnerReference {
  const { name, uid = '' } = study.metadata;
  return { apiVersion: API_VERSION, kind: 'Study', name, uid, controller: true, blockOwnerDeletion: true };
}
