/** The thread that thinks: a question in, suggestions or an error out. */
import { parentPort } from 'node:worker_threads';
import type { Answer, Question } from './pool.ts';
import { suggestAll } from './suggest.ts';

parentPort?.on('message', ({ input, openings }: Question) => {
  parentPort?.postMessage(answer(input, openings));
});

function answer(...question: Parameters<typeof suggestAll>): Answer {
  try {
    return { suggestions: suggestAll(...question) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
