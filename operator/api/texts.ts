/** Where Kubernetes takes texts only and YAML easily gives something else: `args: [--epochs, 27]`. Pure. */
import type { Container } from '../kube/kinds.ts';
import type { Problem } from './problems.ts';
import { shown } from './schema.ts';
import type { StudySpec } from './study.ts';
import { isJobTemplate } from './workload.ts';

const POD = 'spec.trialTemplate.spec.template.spec';

/** Words and values of variables of the pod's containers that are not texts. */
export function notTexts({ trialTemplate }: StudySpec): readonly Problem[] {
  if (!isJobTemplate(trialTemplate)) return [];
  const { containers, initContainers } = trialTemplate.spec.template.spec;
  return [...inContainers(containers, `${POD}.containers`), ...inContainers(initContainers, `${POD}.initContainers`)];
}

function inContainers(containers: readonly Container[] = [], path: string): readonly Problem[] {
  return list(containers).flatMap((container, i) => [
    ...inList(container.command, `${path}[${i}].command`),
    ...inList(container.args, `${path}[${i}].args`),
    ...list(container.env).flatMap(({ value }, e) => inText(value, `${path}[${i}].env[${e}].value`)),
  ]);
}

function inList(words: readonly string[] | undefined, path: string): readonly Problem[] {
  if (words !== undefined && !Array.isArray(words))
    return [{ path, message: `must be a list of texts, not ${shown(words)}` }];
  return list(words).flatMap((word, i) => inText(word, `${path}[${i}]`));
}

function inText(value: unknown, path: string): readonly Problem[] {
  if (value === undefined || typeof value === 'string') return [];
  return [{ path, message: `must be a text, not ${shown(value)}: put it in quotes` }];
}

/** The schema does not look into containers: anything may be there. */
function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}
