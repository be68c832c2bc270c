/** `abohb replay`: recomputes every recorded decision from what was known when it was taken. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSystemError } from '../../operator/local/process.ts';
import { type Command, EXIT, type Io, isRefused, type Refused, say } from '../command.ts';
import { documentsIn, readText } from '../documents.ts';
import { UsageError } from '../flags.ts';
import { type Recording, recordingsIn, replayed } from '../recording.ts';

export const replayCommand: Command = {
  name: 'replay',
  summary: 'recompute every decision of Studies from the record',
  usage: 'PATH',
  about: [
    'PATH is a directory of results, a file, or - for standard input. It holds one or more Studies with their Trials:',
    '',
    '  abohb replay .abohb/digits',
    '  kubectl get study,trials -o yaml | abohb replay -',
    '',
    'Says for each Study how many decisions agree, or which is the first that does not, and exits with 1.',
  ],
  flags: {},
  run: async ({ words }, io) => {
    const [path] = words;
    if (path === undefined || words.length > 1)
      throw new UsageError('replay needs one PATH: abohb replay .abohb/digits');
    const recordings = await recordingsAt(path, io);
    if (isRefused(recordings)) {
      say(io.stderr, ...recordings.refused);
      return EXIT.refused;
    }
    const results = recordings.map(replayed);
    for (const { line, agrees } of results) say(agrees ? io.stdout : io.stderr, line);
    return results.every(({ agrees }) => agrees) ? EXIT.ok : EXIT.failed;
  },
};

/** In a directory: where `abohb run` leaves its results. */
const RESULTS = ['results.json', 'results/results.json'];

async function recordingsAt(path: string, io: Io): Promise<readonly Recording[] | Refused> {
  const file = path === '-' ? path : await fileAt(path, io.cwd);
  if (typeof file !== 'string') return file;
  const content = await readText(file, io);
  if (typeof content !== 'string') return content;
  const documents = documentsIn(content);
  const recordings = isRefused(documents) ? documents : recordingsIn(documents);
  return isRefused(recordings) ? { refused: recordings.refused.map((problem) => `${file}: ${problem}`) } : recordings;
}

async function fileAt(path: string, cwd: string): Promise<string | Refused> {
  if (!(await exists(resolve(cwd, path), 'directory'))) return path;
  for (const name of RESULTS) if (await exists(resolve(cwd, path, name), 'file')) return join(path, name);
  return { refused: [`${path}: holds no ${RESULTS[0]}: name a directory of results, or a file`] };
}

async function exists(path: string, kind: 'file' | 'directory'): Promise<boolean> {
  try {
    const found = await stat(path);
    return kind === 'file' ? found.isFile() : found.isDirectory();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
