/** `abohb validate`: everything that is wrong with Studies in files, without a cluster. */
import { GROUP } from '../../operator/api/common.ts';
import { sentence } from '../../operator/api/problems.ts';
import { validateStudy } from '../../operator/api/validate.ts';
import { type Command, EXIT, type Io, isRefused, type Refused, say } from '../command.ts';
import { type Document, documentsIn, readText } from '../documents.ts';
import { UsageError } from '../flags.ts';

export const validateCommand: Command = {
  name: 'validate',
  summary: 'check Studies without a cluster',
  usage: 'FILE…',
  about: [
    'Says "FILE: valid", or one sentence for each problem and exits with 2. Other objects in a file are skipped.',
    'FILE may be - for standard input.',
  ],
  flags: {},
  run: async ({ words }, io) => {
    if (words.length === 0) throw new UsageError('there is no FILE to validate: abohb validate study.yaml');
    let isValid = true;
    for (const path of words) isValid = (await validateFile(path, io)) && isValid;
    return isValid ? EXIT.ok : EXIT.refused;
  },
};

async function validateFile(path: string, io: Io): Promise<boolean> {
  const content = await readText(path, io);
  if (typeof content !== 'string') {
    say(io.stderr, ...content.refused);
    return false;
  }
  const { notes, refused } = checked(content);
  say(io.stderr, ...notes.map((note) => `${path}: ${note}`), ...refused.map((problem) => `${path}: ${problem}`));
  if (refused.length === 0) say(io.stdout, `${path}: valid`);
  return refused.length === 0;
}

interface Checked extends Refused {
  readonly notes: readonly string[];
}

/** What is to be said about a file's text. */
export function checked(content: string): Checked {
  const documents = documentsIn(content);
  if (isRefused(documents)) return { notes: [], ...documents };
  const studies = documents.filter(isStudy);
  const notes = documents.filter((document) => !isStudy(document)).map((other) => `skipped ${titleOf(other)}`);
  if (studies.length === 0) return { notes, refused: ['holds no Study'] };
  const refused = studies.flatMap(({ value, name }) => {
    const result = validateStudy(value);
    if ('study' in result) return [];
    const which = studies.length > 1 ? `Study ${name}: ` : '';
    return result.problems.map((problem) => `${which}${sentence(problem)}`);
  });
  return { notes, refused };
}

/** Also what was meant to be one: a misspelt kind or version is a problem, not another object. */
export function isStudy({ apiVersion, kind }: Document): boolean {
  return kind === 'Study' || (apiVersion.startsWith(`${GROUP}/`) && kind !== 'Trial');
}

function titleOf({ kind, name }: Document): string {
  return `${kind === '' ? 'an object without a kind' : kind}${name === '' ? '' : ` ${name}`}`;
}
