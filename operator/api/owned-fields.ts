/** Fields of the object that trains a trial which are not the author's to set, or not to any value. */
import { isTree } from '../objects/workload.ts';
import type { Problem } from './problems.ts';
import { shown } from './schema.ts';
import type { StudySpec } from './study.ts';
import { isJobTemplate } from './workload.ts';

const AT = 'spec.trialTemplate.spec';

export function ownedFields({ trialTemplate }: StudySpec): readonly Problem[] {
  const { spec } = trialTemplate;
  const { runPolicy } = spec;
  return [
    ...ofWhoeverRunsIt(spec, AT),
    // The older kinds of the training operator have them there.
    ...(isTree(runPolicy) ? ofWhoeverRunsIt(runPolicy, `${AT}.runPolicy`) : []),
    ...(isJobTemplate(trialTemplate) ? ofJobs(spec) : []),
  ];
}

const NOT_YOURS: Readonly<Record<string, string>> = {
  suspend: 'is set by the operator or a queue: remove it, use spec.suspend',
  managedBy: 'pods of another cluster (MultiKueue) cannot be seen from here: remove it',
};

function ofWhoeverRunsIt(fields: Readonly<Record<string, unknown>>, at: string): readonly Problem[] {
  return Object.entries(NOT_YOURS).flatMap(([field, message]) =>
    fields[field] === undefined ? [] : [{ path: `${at}.${field}`, message }],
  );
}

function ofJobs(spec: StudySpec['trialTemplate']['spec']): readonly Problem[] {
  const { backoffLimit, template } = spec;
  const problems: Problem[] = [];
  if (backoffLimit !== undefined && backoffLimit !== 0)
    problems.push({
      path: `${AT}.backoffLimit`,
      message: `must be 0 or left out, not ${backoffLimit}: the operator starts new Jobs`,
    });
  const policy = template.spec.restartPolicy;
  if (policy !== undefined && policy !== 'Never')
    problems.push({ path: `${AT}.template.spec.restartPolicy`, message: `must be Never or left out, not ${policy}` });
  return [...problems, ...severalPods(spec)];
}

/** Pods that are all alike would each train the trial and report for it. */
function severalPods(spec: StudySpec['trialTemplate']['spec']): readonly Problem[] {
  if (spec.completionMode === 'Indexed') return [];
  return (['parallelism', 'completions'] as const).flatMap((field) => {
    const value = spec[field];
    if (value === undefined || value === 1) return [];
    const message = `must be 1 or left out, not ${shown(value)}: for several nodes set completionMode: Indexed`;
    return [{ path: `${AT}.${field}`, message }];
  });
}
