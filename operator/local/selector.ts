/**
 * Label selectors as far as we use them: `key=value`, `key==value`, `key!=value`, `key` and `!key`, joined by commas; and
 * field selectors, of any field: `path.to.field=value`, joined by commas.
 */
import { KubeError, type KubeObject, type Query } from '../kube/cluster.ts';

type Predicate = (labels: Readonly<Record<string, string>>) => boolean;

const REQUIREMENT = /^\s*(?<not>!?)\s*(?<key>[\w./-]+)\s*(?:(?<operator>==|=|!=)\s*(?<value>[\w.-]*))?\s*$/;

const NO_LABELS: Readonly<Record<string, string>> = {};

/** Whether an object is in the namespace and has the labels and fields asked for. Throws KubeError `BadRequest`. */
export function matcher({ namespace, labelSelector, fieldSelector }: Query): (object: KubeObject) => boolean {
  const requirements = labelSelector ? labelSelector.split(',').map(requirement) : [];
  const fields = fieldSelector ? fieldSelector.split(',').map(fieldIs) : [];
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    requirements.every((holds) => holds(object.metadata.labels ?? NO_LABELS)) &&
    fields.every((holds) => holds(object));
}

function fieldIs(text: string): (object: KubeObject) => boolean {
  const [path = '', value, ...more] = text.split('=');
  if (value === undefined || more.length > 0) {
    throw new KubeError('BadRequest', `field selector "${text}" is not of the form path=value`, { status: 400 });
  }
  return (object) => path.split('.').reduce<unknown>(member, object) === value;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
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
