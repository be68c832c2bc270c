/** The last words of a run. Pure. */
import type { Study } from '../../operator/api/study.ts';
import { assignment, numeral } from '../../operator/controllers/words.ts';
import { bestInWords, type Counts, countsInWords } from '../progress/words.ts';
import type { Ending } from '../run/ending.ts';

export interface Closing {
  readonly study: Study;
  readonly counts: Counts;
  readonly ending: Ending;
  /** As the user would type them. */
  readonly files: readonly string[];
  /** The command that goes on. */
  readonly again: string;
}

export function closingLines(closing: Closing): readonly string[] {
  const { study, counts, files } = closing;
  const { name } = study.metadata;
  const trials = `${counts.created} trials: ${countsInWords(counts)}${usage(study)}`;
  return [
    `${name} ${endInWords(closing)}`,
    ...bestLines(study),
    ...(counts.created > 0 ? [trials] : []),
    ...files.map((file, i) => `${i === 0 ? 'results: ' : '         '}${file}`),
  ];
}

function endInWords({ ending: { kind, message }, again }: Closing): string {
  switch (kind) {
    case 'Succeeded':
      return `has ended: ${message}`;
    case 'Failed':
      return `has failed: ${message}`;
    case 'Refused':
      return `was refused: ${message}`;
    case 'Suspended':
      return `is suspended: ${message}; set it to false and run it again`;
    case 'Interrupted':
      return `was ${message}; it goes on where it is with: ${again}`;
  }
}

function bestLines({ spec, status }: Study): readonly string[] {
  if (!status?.best) return ['best: none, no trial has reported a value'];
  const { additional } = status.best;
  const entries = Object.entries(status.best.parameters);
  const width = Math.max(...entries.map(([name]) => name.length));
  const value = (each: string | number): string => (typeof each === 'number' ? numeral(each) : each);
  return [
    `best: ${bestInWords(spec, status.best)}`,
    ...entries.map(([name, each]) => `  ${name.padEnd(width)}  ${value(each)}`),
    ...(additional ? [`  with ${assignment(additional)}`] : []),
  ];
}

function usage({ spec, status }: Study): string {
  const resource = status?.usage?.resource ?? 0;
  return resource > 0 ? `; ${spec.resource.name}s trained in all: ${resource}` : '';
}
