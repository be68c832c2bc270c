/** The claim that holds the checkpoints of a Study, the folder of each trial in it, and the Job that removes folders. */
import { API_VERSION, STUDY_LABEL, TRIALS_ANNOTATION } from '../api/common.ts';
import type { Study, StudySpec } from '../api/study.ts';
import type { Trial } from '../api/trial.ts';
import type { OwnerReference } from '../kube/cluster.ts';
import type { Claim, Container, Job, PodSpec } from '../kube/kinds.ts';

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
  const { trialTemplate } = study.spec;
  const labels = { ...trialTemplate.metadata?.labels, [STUDY_LABEL]: study.metadata.name };
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

function cleaningPod(study: Study, trials: readonly Trial[], image: string): PodSpec {
  const { spec } = study.spec.trialTemplate.spec.template;
  const volume = { name: 'checkpoints', persistentVolumeClaim: { claimName: claimName(study) } };
  return {
    ...Object.fromEntries(INHERITED.filter((field) => field in spec).map((field) => [field, spec[field]])),
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
const INHERITED = [
  'securityContext',
  'tolerations',
  'nodeSelector',
  'affinity',
  'imagePullSecrets',
  'serviceAccountName',
];

interface Identity {
  readonly runAsUser?: number;
  readonly runAsNonRoot?: boolean;
}

/** An image whose user nobody names runs as root, mostly. */
function identity({ trialTemplate }: StudySpec): Identity {
  const { spec } = trialTemplate.spec.template;
  const primary = spec.containers.find(({ name }) => name === trialTemplate.primaryContainer) ?? spec.containers[0];
  const own = securityOf(primary);
  const { runAsUser, runAsNonRoot } = { ...(spec['securityContext'] as Identity | undefined), ...own };
  return runAsUser === undefined && runAsNonRoot !== true ? { ...own, runAsUser: 0 } : own;
}

function securityOf(container: Container | undefined): Identity {
  return (container?.['securityContext'] as Identity | undefined) ?? {};
}

function ownedBy(study: Study): OwnerReference {
  const { name, uid = '' } = study.metadata;
  return { apiVersion: API_VERSION, kind: 'Study', name, uid, controller: true, blockOwnerDeletion: true };
}
