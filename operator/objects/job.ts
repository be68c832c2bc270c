/** The Job of one attempt at a trial: the user's template with its references replaced, and what every Job must have. */
import type { Value } from '../../src/model.ts';
import { API_VERSION, STUDY_LABEL, TRIAL_LABEL, TRIAL_UID_LABEL } from '../api/common.ts';
import type { Study } from '../api/study.ts';
import type { Trial } from '../api/trial.ts';
import { isJobTemplate } from '../api/workload.ts';
import type { Container, EnvVar, Job, JobSpec, PodSpec } from '../kube/kinds.ts';
import { checkpointFolder, claimName } from './checkpoint.ts';
import { gpusIn } from './gpus.ts';
import { withProfile } from './profile.ts';
import { priorityLabels } from './queue.ts';
import { resolve, unexpanded } from './references.ts';
import { metricsEnvironment, withSidecar } from './sidecar.ts';
import { ATTEMPT_LABEL, filled } from './workload.ts';

export interface JobInput {
  readonly study: Study;
  readonly trial: Trial;
  /** Counts from 1. */
  readonly attempt: number;
  /** The resource level the code is told to run to. */
  readonly until: number;
  /** The operator's own image; needed where the Study needs a sidecar. */
  readonly image?: string | undefined;
}

export function jobName(trial: string, attempt: number): string {
  return `${trial}-${attempt}`;
}

export function primaryContainer({ trialTemplate }: Study['spec']): string {
  return trialTemplate.primaryContainer ?? trialTemplate.spec.template.spec.containers[0]?.name ?? '';
}

/** GPUs one attempt holds, over all pods there are at once. */
export function gpusOf({ spec }: Pick<Job, 'spec'>): number {
  return gpusIn(spec);
}

export function trialJob({ study, trial, attempt, until, image }: JobInput): Job {
  const { trialTemplate, resource, checkpoint } = study.spec;
  const values: Readonly<Record<string, Value>> = {
    'trial.name': trial.metadata.name,
    'attempt.name': jobName(trial.metadata.name, attempt),
    'resource.until': until,
    'resource.max': resource.max,
    ...(checkpoint && {
      'checkpoint.path': checkpoint.mountPath,
      'checkpoint.folder': checkpointFolder(trial),
      'checkpoint.claim': claimName(study) ?? '',
    }),
  };
  const lookup = (name: string): Value | undefined => values[name] ?? parameter(study, trial, name);
  const template = resolve(trialTemplate, lookup);
  const { name, uid = '' } = trial.metadata;
  const ours = { [STUDY_LABEL]: study.metadata.name, [TRIAL_LABEL]: name, [TRIAL_UID_LABEL]: uid };
  const labels = { ...template.metadata?.labels, ...priorityLabels(study.spec, trial.spec.until), ...ours };
  return {
    apiVersion: template.apiVersion ?? 'batch/v1',
    kind: template.kind ?? 'Job',
    metadata: {
      name: jobName(trial.metadata.name, attempt),
      namespace: trial.metadata.namespace ?? '',
      labels,
      ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: 'Trial',
          name: trial.metadata.name,
          uid: trial.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: specOf(template, { study, trial, until, ours, image }, jobName(trial.metadata.name, attempt)),
  };
}

/** Of a kind other than Job nothing is known but where its pod templates are. */
function specOf(template: Study['spec']['trialTemplate'], parts: Filled, name: string): JobSpec {
  if (isJobTemplate(template)) return jobSpec(template.spec, parts);
  const labels = { ...parts.ours, [ATTEMPT_LABEL]: name };
  return filled(template.spec, { labels, pod: (spec) => podSpec(spec, parts) });
}

/** An inactive parameter is an empty text; undefined for a name that is no parameter. */
function parameter(study: Study, trial: Trial, reference: string): Value | undefined {
  const name = reference.startsWith('parameters.') ? reference.slice('parameters.'.length) : undefined;
  if (name === undefined || !study.spec.parameters.some((p) => p.name === name)) return undefined;
  // Not what objects inherit: a parameter may be called "constructor".
  return (Object.hasOwn(trial.spec.parameters, name) ? trial.spec.parameters[name] : undefined) ?? '';
}

interface Filled {
  readonly study: Study;
  readonly trial: Trial;
  readonly until: number;
  readonly ours: Readonly<Record<string, string>>;
  readonly image: string | undefined;
}

/** A trial fails as a whole: the operator decides whether to try again. Two pods never share a checkpoint. */
function jobSpec(spec: JobSpec, parts: Filled): JobSpec {
  const { template } = spec;
  return {
    podReplacementPolicy: 'Failed',
    podFailurePolicy: podFailurePolicy(parts.study),
    ...spec,
    ...(spec.ttlSecondsAfterFinished !== undefined && {
      ttlSecondsAfterFinished: Math.max(spec.ttlSecondsAfterFinished, TIME_TO_READ_SECONDS),
    }),
    backoffLimit: 0,
    template: {
      ...template,
      metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...parts.ours } },
      spec: withSidecar({ restartPolicy: 'Never', ...podSpec(template.spec, parts) }, sidecarOf(parts)),
    },
  };
}

/** How a Job has ended, and its log, must be read before it is gone: also by an operator that has to be started again. */
const TIME_TO_READ_SECONDS = 300;

function podFailurePolicy({ spec }: Study): JobSpec['podFailurePolicy'] {
  const { infeasibleExitCodes: values } = spec.failures;
  const onExitCodes = { containerName: primaryContainer(spec), operator: 'In', values };
  return {
    rules: [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      ...(values.length > 0 ? [{ action: 'FailJob', onExitCodes }] : []),
    ],
  };
}

function sidecarOf({ study: { spec }, image = '' }: Filled): Parameters<typeof withSidecar>[1] {
  return { spec, primary: primaryContainer(spec), image };
}

function podSpec(spec: PodSpec, parts: Filled): PodSpec {
  const { checkpoint } = parts.study.spec;
  const primary = primaryContainer(parts.study.spec);
  const env = environment(parts);
  const containers = spec.containers.map((container) =>
    container.name === primary ? primaryOf(withEnvironment(container, env), parts) : withEnvironment(container, env),
  );
  const pod: PodSpec = { ...spec, containers };
  if (!checkpoint) return pod;
  const volumes = Array.isArray(spec['volumes']) ? (spec['volumes'] as readonly unknown[]) : [];
  const claim = { name: CHECKPOINT_VOLUME, persistentVolumeClaim: { claimName: claimName(parts.study) } };
  return { ...pod, volumes: [...volumes, claim] };
}

const CHECKPOINT_VOLUME = 'abohb-checkpoint';

/** What every container gets to know without reading its arguments. */
function environment({ study, trial, until }: Filled): readonly EnvVar[] {
  const { resource, checkpoint } = study.spec;
  return [
    { name: 'ABOHB_STUDY', value: study.metadata.name },
    { name: 'ABOHB_TRIAL', value: trial.metadata.name },
    { name: 'ABOHB_PARAMETERS', value: unexpanded(JSON.stringify(trial.spec.parameters)) },
    { name: 'ABOHB_UNTIL', value: String(until) },
    { name: 'ABOHB_MAX_RESOURCE', value: String(resource.max) },
    ...(checkpoint ? [{ name: 'ABOHB_CHECKPOINT_DIR', value: checkpoint.mountPath }] : []),
    ...metricsEnvironment(study.spec),
  ];
}

/** The user's own variables win. */
function withEnvironment(container: Container, env: readonly EnvVar[]): Container {
  const own = container.env ?? [];
  return { ...container, env: [...env.filter(({ name }) => !own.some((e) => e.name === name)), ...own] };
}

function primaryOf(container: Container, parts: Filled): Container {
  return withProfile(withCheckpoint(container, parts), parts.study.spec, parts.trial.spec.until);
}

/** Each trial has its own folder in the claim. */
function withCheckpoint(container: Container, parts: Filled): Container {
  const { checkpoint } = parts.study.spec;
  if (!checkpoint) return container;
  const mounts = Array.isArray(container['volumeMounts']) ? (container['volumeMounts'] as readonly unknown[]) : [];
  const mount = { name: CHECKPOINT_VOLUME, mountPath: checkpoint.mountPath, subPath: checkpointFolder(parts.trial) };
  return { ...container, volumeMounts: [...mounts, mount] };
}
