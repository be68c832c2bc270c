import type { Config, Parameter, Value } from '../model.ts';
import type { Domain } from './domain.ts';

interface Checked {
  readonly parameters: readonly Parameter[];
  readonly domains: readonly Domain[];
  /** Of the active parameters, by index. */
  readonly values: readonly (Value | undefined)[];
}

/** What is wrong with a configuration: one sentence each, with the parameter, its value and the remedy. */
export function check(config: Config, { parameters, domains, values }: Checked): string[] {
  const indexes = new Map(parameters.map(({ name }, index) => [name, index]));
  return Object.entries(config).flatMap(([name, value]) => {
    const index = indexes.get(name);
    const parameter = parameters[index ?? -1];
    const own = domains[index ?? -1];
    if (index === undefined || parameter === undefined || own === undefined) return [unknown(name, value, parameters)];
    if (values[index] === undefined) return [inactive(parameter, value)];
    return own.has(value) ? [] : [`${name} is ${JSON.stringify(value)}; it must be ${own.description}`];
  });
}

function unknown(name: string, value: Value, parameters: readonly Parameter[]): string {
  const names = parameters.map((parameter) => parameter.name).join(', ');
  return `${name} is ${JSON.stringify(value)}, but there is no such parameter; leave it out or use one of ${names}`;
}

function inactive({ name, activeWhen }: Parameter, value: Value): string {
  const allowed = activeWhen?.in.map((other) => JSON.stringify(other)).join(' or ');
  const condition = `${activeWhen?.parameter} is ${allowed}`;
  return `${name} is ${JSON.stringify(value)}, but it is active only when ${condition}; leave it out`;
}
