/** The Job of one attempt at a trial: the user's template with its references replaced, and what every Job must have. */
import type { Value } from '../../src/model.ts';
import { API_VERSION, STUDY_LABEL, TRIAL_LABEL } from '../api/common.ts';
import type { Study } from '../api/study.ts';
import type { Trial } from '../api/trial.ts';
import type { Container, EnvVar, Job, JobSpec, PodSpec } from '../kube/kinds.ts';
import { checkpointFolder, claimName } from './checkpoint.ts';
import { withProfile } from './profile.ts';
import { priorityLabels } from './queue.ts';
import { resolve, unexpanded } from './references.ts';
import { metricsEnvironment, withSidecar } from './sidecar.ts';

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

/** GPUs one attempt holds: whatever resource is called …/gpu, and MIG slices as one each, over all pods of the Job. */
export function gpusOf({ spec: { template, parallelism = 1, completions = parallelism } }: Job): number {
  const perPod = template.spec.containers.reduce((sum, { resources }) => sum + gpusIn(resources?.limits), 0);
  return perPod * Math.min(parallelism, completions);
}

function gpusIn(limits: Readonly<Record<string, string | number>> = {}): number {
  return Object.entries(limits).reduce(
    (sum, [name, amount]) => (GPU.test(name) ? sum + (Number(amount) || 0) : sum),
    0,
  );
}

const GPU = /\/(gpu|mig-.*)$/;

export function trialJob({ study, trial, attempt, until, image }: JobInput): Job {
  const { trialTemplate, resource, checkpoint } = study.spec;
  const values: Readonly<Record<string, Value>> = {
    'trial.name': trial.metadata.name,
    'resource.until': until,
    'resource.max': resource.max,
    ...(checkpoint && { 'checkpoint.path': checkpoint.mountPath }),
  };
  const lookup = (name: string): Value | undefined => values[name] ?? parameter(study, trial, name);
  const template = resolve(trialTemplate, lookup);
  const ours = { [STUDY_LABEL]: study.metadata.name, [TRIAL_LABEL]: trial.metadata.name };
  const labels = { ...template.metadata?.labels, ...priorityLabels(study.spec, trial.spec.until), ...ours };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
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
    spec: jobSpec(template.spec, { study, trial, until, ours, image }),
  };
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
function jobSpec(spec: JobSpec, filled: Filled): JobSpec {
  const { template } = spec;
  return {
    podReplacementPolicy: 'Failed',
    podFailurePolicy: podFailurePolicy(filled.study),
    ...spec,
    ...(spec.ttlSecondsAfterFinished !== undefined && {
      ttlSecondsAfterFinished: Math.max(spec.ttlSecondsAfterFinished, TIME_TO_READ_SECONDS),
    }),
    backoffLimit: 0,
    template: {
      ...template,
      metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...filled.ours } },
      spec: withSidecar(podSpec(template.spec, filled), sidecarOf(filled)),
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

function podSpec(spec: PodSpec, filled: Filled): PodSpec {
  const { checkpoint } = filled.study.spec;
  const primary = primaryContainer(filled.study.spec);
  const env = environment(filled);
  const containers = spec.containers.map((container) =>
    container.name === primary ? primaryOf(withEnvironment(container, env), filled) : withEnvironment(container, env),
  );
  const pod: PodSpec = { restartPolicy: 'Never', ...spec, containers };
  if (!checkpoint) return pod;
  const volumes = Array.isArray(spec['volumes']) ? (spec['volumes'] as readonly unknown[]) : [];
  const claim = { name: CHECKPOINT_VOLUME, persistentVolumeClaim: { claimName: claimName(filled.study) } };
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

function primaryOf(container: Container, filled: Filled): Container {
  return withProfile(withCheckpoint(container, filled), filled.study.spec, filled.trial.spec.until);
}

/** Each trial has its own folder in the claim. */
function withCheckpoint(container: Container, filled: Filled): Container {
  const { checkpoint } = filled.study.spec;
  if (!checkpoint) return container;
  const mounts = Array.isArray(container['volumeMounts']) ? (container['volumeMounts'] as readonly unknown[]) : [];
  const mount = { name: CHECKPOINT_VOLUME, mountPath: checkpoint.mountPath, subPath: checkpointFolder(filled.trial) };
  return { ...container, volumeMounts: [...mounts, mount] };
}
