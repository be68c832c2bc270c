/** From the text of a Study to the Study itself, or everything that is wrong with it. Needs no cluster. */
import { type ErrorCode, parseDocument } from 'yaml';
import type { z } from 'zod';
import { problemsOf } from './issues.ts';
import { brokenRules, type Problem } from './problems.ts';
import { refusal } from './semantics.ts';
import { type Study, studySchema } from './study.ts';

export type Validated = { readonly study: Study } | { readonly problems: readonly Problem[] };

export function parseStudy(text: string): Validated {
  const document = parseDocument(text);
  if (document.errors.length > 0)
    return { problems: document.errors.map(({ code, message }) => notYaml(message, code)) };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return { problems: [notYaml(error instanceof Error ? error.message : String(error))] };
  }
  return validateStudy(value);
}

/** The first line of a message: the rest is a picture of the place. */
function notYaml(message: string, code?: ErrorCode): Problem {
  if (code === 'MULTIPLE_DOCS') {
    return { path: '', message: 'the text holds several documents: put each Study into a file of its own' };
  }
  return { path: '', message: `not YAML: ${message.split('\n', 1)[0]?.replace(/:$/, '')}` };
}

/** `old`: the Study it would replace. */
export function validateStudy(value: unknown, old?: Study): Validated {
  const shaped = validateShape(studySchema, value, old);
  if ('problems' in shaped) return shaped;
  const study = shaped.object as unknown as Study;
  const refused = refusal(study.spec);
  return refused ? { problems: refused.problems } : { study };
}

/** What the API server checks: the schema, its defaults and its rules. */
export function validateShape<S extends z.ZodType>(
  schema: S,
  value: unknown,
  old?: unknown,
): { readonly object: z.output<S> } | { readonly problems: readonly Problem[] } {
  const parsed = schema.safeParse(value);
  if (!parsed.success) return { problems: problemsOf(parsed.error, value, schema) };
  const problems = brokenRules(schema, { value: parsed.data, old });
  return problems.length > 0 ? { problems } : { object: parsed.data };
}
