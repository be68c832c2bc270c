/** The labels by which a Study finds pods that report: what Kubernetes takes for one, and what tells trials apart. Pure. */
import type { Problem } from './problems.ts';
import { shown } from './schema.ts';
import type { StudySpec } from './study.ts';

const PATH = 'spec.trialTemplate.pods.labels';

/** The selector that is made of them must select what they say and nothing else. */
export function podLabelProblems({ trialTemplate: { pods } }: StudySpec): readonly Problem[] {
  if (pods === undefined) return [];
  const wrong = Object.entries(pods.labels).flatMap(([key, value]) => [...inKey(key), ...inValue(key, value)]);
  if (wrong.length > 0 || Object.values(pods.labels).some((value) => OF_TRIALS.has(value))) return wrong;
  const message = 'needs a label whose value is $(trial.name) or $(attempt.name), to tell the pods of trials apart';
  return [{ path: PATH, message }];
}

const OF_TRIALS: ReadonlySet<string> = new Set(['$(trial.name)', '$(attempt.name)']);

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DOMAIN_LENGTH = 253;

function inKey(key: string): readonly Problem[] {
  const [name = '', domain, ...more] = key.split('/').reverse();
  const isDomain = domain === undefined || (domain.length <= DOMAIN_LENGTH && DOMAIN.test(domain));
  if (NAME.test(name) && isDomain && more.length === 0) return [];
  const message = `${shown(key)} is no key of a label: correct it to such as role or example.com/role`;
  return [{ path: PATH, message }];
}

function inValue(key: string, value: string): readonly Problem[] {
  if (OF_TRIALS.has(value) || value === '' || NAME.test(value)) return [];
  const message = `must be a value a label can have, or $(trial.name) or $(attempt.name) and nothing else, not ${shown(value)}`;
  return [{ path: `${PATH}.${key}`, message }];
}
