/** Objects of any kind that train a trial: their pod templates, and how they are read as a Job. Pure. */
import type { StudySpec } from '../api/study.ts';
import { isJobTemplate } from '../api/workload.ts';
import { condition } from '../conditions.ts';
import type { Condition, Container, Job, Pod, PodSpec } from '../kube/kinds.ts';
import { resolve } from './references.ts';

/** On the pods of kinds other than Job: the name of the object they belong to. */
export const ATTEMPT_LABEL = 'abohb.dev/attempt';

type Tree = Readonly<Record<string, unknown>>;

interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What looks like a pod template: its spec has containers, at least one of them with an image. Where none has one, it only
 * says what is different from a template elsewhere, such as the overrides of a TrainJob, and takes nothing of ours.
 */
export function isPodTemplate(tree: Tree): tree is Tree & PodTemplate {
  const containers: unknown = isTree(tree['spec']) ? tree['spec']['containers'] : undefined;
  return Array.isArray(containers) && containers.some((one) => isTree(one) && one['image'] !== undefined);
}

/** All pod templates in a tree, in order. */
function podTemplates(tree: unknown): readonly PodTemplate[] {
  if (Array.isArray(tree)) return tree.flatMap(podTemplates);
  if (!isTree(tree)) return [];
  return isPodTemplate(tree) ? [tree] : Object.values(tree).flatMap(podTemplates);
}

/** The pods that the template of a Study makes, of whatever kind that is; none where another kind makes them itself. */
export function podsIn({ spec }: Pick<StudySpec['trialTemplate'], 'spec'>): readonly PodSpec[] {
  return podTemplates(spec).map((template) => template.spec);
}

/** The container of a pod that trains and reports, if it has it. */
export function primaryOf(
  { containers }: PodSpec,
  { primaryContainer }: Pick<StudySpec['trialTemplate'], 'primaryContainer'>,
): Container | undefined {
  return primaryContainer === undefined ? containers[0] : containers.find(({ name }) => name === primaryContainer);
}

export interface Filling {
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: (spec: PodSpec) => PodSpec;
}

/** The tree with all its pod templates filled in. */
export function filled<T>(tree: T, filling: Filling): T {
  return fill(tree, filling) as T;
}

function fill(tree: unknown, filling: Filling): unknown {
  if (Array.isArray(tree)) return tree.map((item) => fill(item, filling));
  if (!isTree(tree)) return tree;
  if (!isPodTemplate(tree))
    return Object.fromEntries(Object.entries(tree).map(([key, item]) => [key, fill(item, filling)]));
  const labels = { ...tree.metadata?.labels, ...filling.labels };
  return { ...tree, metadata: { ...tree.metadata, labels }, spec: filling.pod(tree.spec) };
}

/**
 * The object with the conditions a Job would have: what the rest of the operator knows how to read. A queue says of all
 * kinds in the same words that it has suspended them.
 */
export function asJob(object: Job, { trialTemplate }: StudySpec): Job {
  if (isJobTemplate(trialTemplate)) return object;
  const { success, failure } = trialTemplate;
  const ended = [
    { type: 'Complete', wanted: success },
    { type: 'Failed', wanted: failure },
  ].flatMap(({ type, wanted }): Condition[] => {
    const found = wanted && condition(object.status?.conditions, wanted.type);
    if (!found || found.status !== wanted.status) return [];
    const lastTransitionTime = found.lastTransitionTime ?? object.metadata.creationTimestamp ?? '';
    return [{ ...found, type, status: 'True', lastTransitionTime }];
  });
  const suspended = condition(object.status?.conditions, 'Suspended');
  const conditions = [...ended, ...(suspended ? [suspended] : [])];
  return { ...object, spec: { ...object.spec, suspend: isHeldBack(object.spec) }, status: { conditions } };
}

/** JobSet and TrainJob say it where a Job does, the older kinds of the training operator in their run policy. */
function isHeldBack({ suspend, runPolicy }: Job['spec']): boolean {
  return suspend === true || (isTree(runPolicy) && runPolicy['suspend'] === true);
}

/** The labels of the pods of one attempt that report; undefined where the Study names none. */
export function reportingLabels(
  { trialTemplate: { pods } }: StudySpec,
  { trial, attempt }: { readonly trial: string; readonly attempt: string },
): Readonly<Record<string, string>> | undefined {
  const values: Readonly<Record<string, string>> = { 'trial.name': trial, 'attempt.name': attempt };
  return pods && resolve({ labels: pods.labels }, (name) => values[name]).labels;
}

/** The pods of an object of any kind, as a Job would have them: owned by it, the one that reports with index 0. */
export function asJobPods(
  pods: readonly Pod[],
  spec: StudySpec,
  { trial, attempt }: { readonly trial: string; readonly attempt: string },
): readonly Pod[] {
  if (isJobTemplate(spec.trialTemplate)) return pods;
  const wanted = reportingLabels(spec, { trial, attempt });
  return pods.flatMap((pod) => {
    const reports =
      wanted === undefined ? undefined : Object.entries(wanted).every(([k, v]) => pod.metadata.labels?.[k] === v);
    const owner = pod.metadata.labels?.[ATTEMPT_LABEL] ?? ownerOf(pod, spec) ?? (reports ? attempt : undefined);
    return owner === undefined ? [] : [asJobPod(pod, owner, reports)];
  });
}

/** The attempt whose object made the pod itself: labels may be the same for all attempts at a trial. */
function ownerOf({ metadata }: Pod, { trialTemplate: { apiVersion, kind } }: StudySpec): string | undefined {
  return metadata.ownerReferences?.find((owner) => owner.kind === kind && owner.apiVersion === apiVersion)?.name;
}

function asJobPod(pod: Pod, name: string, reports: boolean | undefined): Pod {
  const { metadata } = pod;
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid: '', controller: true };
  const annotations = { ...metadata.annotations, ...(reports === false && { [COMPLETION_INDEX]: 'none' }) };
  return { ...pod, metadata: { ...metadata, annotations, ownerReferences: [owner] } };
}

/** Of a pod of an Indexed Job. */
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';
