/** What a template of a kind other than Job leaves open, and what is there for Jobs only. */
import { references } from '../objects/references.ts';
import { podsIn, primaryOf } from '../objects/workload.ts';
import { didYouMean } from './issues.ts';
import { podLabelProblems } from './pod-labels.ts';
import type { Problem } from './problems.ts';
import type { StudySpec } from './study.ts';
import { isJobTemplate } from './workload.ts';

export function otherKinds(spec: StudySpec): readonly Problem[] {
  if (isJobTemplate(spec.trialTemplate)) return [];
  return [
    ...withoutPods(spec),
    ...podLabelProblems(spec),
    ...withoutPrimary(spec),
    ...endsAlike(spec),
    ...unmountable(spec),
    ...unreadable(spec),
  ];
}

function withoutPods({ trialTemplate }: StudySpec): readonly Problem[] {
  if (trialTemplate.pods !== undefined || podsIn(trialTemplate).length > 0) return [];
  const message = `is missing: the spec of this ${trialTemplate.kind} has no pod template, so set labels that its pods carry, such as {job: $(attempt.name)}`;
  return [{ path: 'spec.trialTemplate.pods', message }];
}

/** Pods that are found by labels may be others than those of the templates, with other containers. */
function withoutPrimary({ trialTemplate }: StudySpec): readonly Problem[] {
  const { kind, pods, primaryContainer = '' } = trialTemplate;
  const known = podsIn(trialTemplate).flatMap(({ containers }) => containers.map(({ name }) => name));
  if (pods !== undefined || known.length === 0 || known.includes(primaryContainer)) return [];
  const message = `no pod template of this ${kind} has a container ${primaryContainer}${didYouMean(primaryContainer, [...new Set(known)])}`;
  return [{ path: 'spec.trialTemplate.primaryContainer', message }];
}

function endsAlike({ trialTemplate: { success, failure } }: StudySpec): readonly Problem[] {
  if (success?.type !== failure?.type || success?.status !== failure?.status) return [];
  const message = `${failure?.type} ${failure?.status} means success already: name the condition that means failure`;
  return [{ path: 'spec.trialTemplate.failure', message }];
}

/** What is done to the primary container, where the template does not hold it. */
function unmountable({ trialTemplate, checkpoint, resourceProfiles }: StudySpec): readonly Problem[] {
  if (podsIn(trialTemplate).some((pod) => primaryOf(pod, trialTemplate))) return [];
  const of = `the primary container is in no pod template of this ${trialTemplate.kind}`;
  const problems: Problem[] = [];
  const isMounted = references(trialTemplate.spec).some(({ name }) => name === 'checkpoint.folder');
  if (checkpoint && !isMounted) {
    const remedy = 'mount claim $(checkpoint.claim) with subPath $(checkpoint.folder) where its spec takes volumes';
    problems.push({ path: 'spec.checkpoint', message: `${of}: ${remedy}, or leave checkpoint out` });
  }
  if (resourceProfiles) problems.push({ path: 'spec.resourceProfiles', message: `${of}: leave resourceProfiles out` });
  return problems;
}

function unreadable({ trialTemplate, metrics }: StudySpec): readonly Problem[] {
  const sidecar = (['file', 'tensorBoard', 'prometheus'] as const).find((source) => metrics[source] !== undefined);
  if (sidecar === undefined) return [];
  const message = `is read for Jobs only, not for a ${trialTemplate.kind}: use log`;
  return [{ path: `spec.metrics.${sidecar}`, message }];
}
