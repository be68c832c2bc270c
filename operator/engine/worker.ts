/** The thread that thinks: a question in, suggestions or an error out. */
import { parentPort } from 'node:worker_threads';
import { answerAll } from '../../src/decide.ts';
import type { Answer, Question } from './pool.ts';

parentPort?.on('message', ({ input, openings }: Question) => {
  parentPort?.postMessage(answer(input, openings));
});

function answer(...question: Parameters<typeof answerAll>): Answer {
  try {
    return { suggestions: answerAll(...question) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
