/** zod's findings in plain words, with the nearest known name for a typo. */
import type { z } from 'zod';
import { type Problem, pathText, sentence } from './problems.ts';
import { shown } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** One problem per finding; `root` is the value that was parsed. */
export function problemsOf(error: z.ZodError, root: unknown, schema: z.ZodType): readonly Problem[] {
  const problems = error.issues.flatMap((issue) => problemsOfIssue(issue, root, schema));
  // Two checks of one number may say the same.
  return [...new Map(problems.map((problem) => [sentence(problem), problem])).values()];
}

function problemsOfIssue(issue: Issue, root: unknown, schema: z.ZodType): readonly Problem[] {
  const path = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      message: `unknown field${didYouMean(key, knownKeys(schema, issue.path))}`,
    }));
  }
  const value = valueAt(root, issue.path);
  const words = MESSAGES[issue.code]?.(issue as never) ?? issue.message;
  return [{ path, message: value === undefined ? `is missing; it ${words}` : `${words}, not ${shown(value)}` }];
}

/** What each kind of finding demands, as the end of a sentence "… must …". */
const MESSAGES: { readonly [C in Issue['code']]?: (issue: Extract<Issue, { code: C }>) => string } = {
  invalid_type: ({ expected }) => `must be ${article(TYPES[expected] ?? expected)}`,
  invalid_value: ({ values }) => `must be ${values.map(String).join(' or ')}`,
  too_small: ({ origin, minimum, inclusive }) =>
    `must be ${bound(origin, inclusive === false ? 'above' : 'at least', minimum)}`,
  too_big: ({ origin, maximum, inclusive }) =>
    `must be ${bound(origin, inclusive === false ? 'below' : 'at most', maximum)}`,
  // Every pattern of ours comes with its own words.
  invalid_format: ({ message }) => message,
  invalid_union: () => 'must be a number or a text',
};

const TYPES: Readonly<Record<string, string>> = { int: 'integer', string: 'text', array: 'list', record: 'object' };

function article(noun: string): string {
  return `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'string') return `${relation} ${limit} characters long`;
  if (origin === 'array') return `a list of ${relation} ${limit}`;
  return `${relation} ${limit}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined),
    root,
  );
}

interface Described {
  readonly def: {
    readonly innerType?: z.ZodType;
    readonly shape?: Record<string, z.ZodType>;
    readonly element?: z.ZodType;
  };
}

/** The fields the schema knows at a path. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: z.ZodType | undefined = schema;
  for (const step of path) {
    const { shape, element } = unwrapped(at);
    at = typeof step === 'number' ? element : shape?.[String(step)];
  }
  return Object.keys(unwrapped(at).shape ?? {});
}

function unwrapped(schema: z.ZodType | undefined): Described['def'] {
  let def = (schema as unknown as Described | undefined)?.def ?? {};
  while (def.innerType) def = (def.innerType as unknown as Described).def;
  return def;
}

/** Typos are at most this many edits away. */
const MAX_EDITS = 3;

/** ": did you mean X?", or the list of what is known where nothing is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const ranked = known
    .map((name) => ({ name, edits: distance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const [nearest] = ranked;
  if (nearest && nearest.edits <= Math.min(MAX_EDITS, word.length / 2)) return `: did you mean ${nearest.name}?`;
  return known.length > 0 ? `: known here are ${known.join(', ')}` : ': remove it';
}

/** Levenshtein's: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
