/** From the text of a Study to the Study itself, or everything that is wrong with it. Needs no cluster. */
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { problemsOf } from './issues.ts';
import { brokenRules, type Problem } from './problems.ts';
import { refusal } from './semantics.ts';
import { type Study, studySchema } from './study.ts';

export type Validated = { readonly study: Study } | { readonly problems: readonly Problem[] };

export function parseStudy(text: string): Validated {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    return { problems: document.errors.map(({ message }) => ({ path: '', message: `not YAML: ${message}` })) };
  }
  return validateStudy(document.toJS());
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
