/**
 * The algorithms that a command line names, with their options: asynchronousHyperband:scheduling=Promotion:brackets=3.
 * A dot leads into an option that has options of its own: abohb:refit.growth=0.2.
 */
import { algorithm as algorithmSchema } from '../../operator/api/algorithm.ts';
import { engineAlgorithm } from '../../operator/api/engine-study.ts';
import { sentence } from '../../operator/api/problems.ts';
import { validateShape } from '../../operator/api/validate.ts';
import type { Algorithm, Config } from '../../src/model.ts';
import { isRefused, type Refused } from '../command.ts';

export interface Method {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly minResource?: number;
  /** Tried first where a table has them. */
  readonly initialTrials?: readonly Config[];
}

/** list: comma-separated. */
export function methodsIn(list: string): readonly Method[] | Refused {
  const methods: Method[] = [];
  for (const name of list.split(',')) {
    const method = methodOf(name);
    if (isRefused(method)) return method;
    methods.push(method);
  }
  return methods;
}

function methodOf(name: string): Method | Refused {
  const [member = '', ...options] = name.split(':');
  const given = options
    .map(optionOf)
    .reduce<Tree>((tree, [path, value]) => withOption(tree, path.split('.'), value), {});
  const checked = validateShape(algorithmSchema, { [member]: given });
  if ('problems' in checked) return { refused: checked.problems.map((problem) => `${name}: ${sentence(problem)}`) };
  return { name, algorithm: engineAlgorithm(checked.object) };
}

function optionOf(text: string): readonly [string, unknown] {
  const at = text.indexOf('=');
  return at < 0 ? [text, true] : [text.slice(0, at), scalar(text.slice(at + 1))];
}

interface Tree {
  readonly [name: string]: unknown;
}

/** {a: {b: 1}} from a.b=1. */
function withOption(tree: Tree, [first = '', ...rest]: readonly string[], value: unknown): Tree {
  const inner = tree[first];
  const below = typeof inner === 'object' ? (inner as Tree) : {};
  return { ...tree, [first]: rest.length === 0 ? value : withOption(below, rest, value) };
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
