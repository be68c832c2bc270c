/** `$(NAME)` references to environment variables in a container's command, args and env, as the kubelet resolves them. */
import type { Container } from '../kube/kinds.ts';

export type Environment = Readonly<Record<string, string>>;

/** `$$` stands for `$`; a reference to a variable that is not defined is left as it is, and so is any other `$`. */
const REFERENCE = /\$(?:\$|\((?<name>[^)]*)\))/g;

export function expand(text: string, variables: Environment): string {
  return text.replaceAll(REFERENCE, (whole, name: string | undefined) => {
    if (whole === '$$') return '$';
    return name !== undefined && Object.hasOwn(variables, name) ? (variables[name] ?? whole) : whole;
  });
}

/**
 * The given variables, then the container's own: each may refer to those before it and takes the place of one of its
 * name. `refused`: a sentence that names the field.
 */
export function environmentOf(
  { name: container, env = [] }: Container,
  given: Environment = {},
): { readonly env: Environment } | Refusal {
  const variables: Record<string, string> = { ...given };
  for (const { name, value = '', valueFrom } of env) {
    if (valueFrom !== undefined) {
      const field = `env ${name} of container ${container}`;
      return { refused: `${field} uses valueFrom, which needs a cluster: give it a value instead` };
    }
    variables[name] = expand(value, variables);
  }
  return { env: variables };
}

/** Why something cannot be done, in a sentence for the user. */
export interface Refusal {
  readonly refused: string;
}
