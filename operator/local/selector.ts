/** Label selectors as far as we use them: `key=value`, `key==value`, `key!=value`, `key` and `!key`, joined by commas. */
import { KubeError, type KubeObject, type Query } from '../kube/cluster.ts';

type Predicate = (labels: Readonly<Record<string, string>>) => boolean;

const REQUIREMENT = /^\s*(?<not>!?)\s*(?<key>[\w./-]+)\s*(?:(?<operator>==|=|!=)\s*(?<value>[\w.-]*))?\s*$/;

const NO_LABELS: Readonly<Record<string, string>> = {};

/** Whether an object is in the namespace and carries the labels asked for. Throws KubeError `BadRequest`. */
export function matcher({ namespace, labelSelector }: Query): (object: KubeObject) => boolean {
  const requirements = labelSelector ? labelSelector.split(',').map(requirement) : [];
  return ({ metadata }) =>
    (namespace === undefined || metadata.namespace === namespace) &&
    requirements.every((holds) => holds(metadata.labels ?? NO_LABELS));
}

function requirement(text: string): Predicate {
  const { not, key, operator, value } = REQUIREMENT.exec(text)?.groups ?? {};
  if (key === undefined || (not && operator)) {
    throw new KubeError(
      'BadRequest',
      `label selector "${text}" is not of the form key=value, key!=value, key or !key`,
      {
        status: 400,
      },
    );
  }
  if (operator === undefined) return (labels) => (labels[key] === undefined) === (not === '!');
  return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
}
