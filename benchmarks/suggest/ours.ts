/** Times suggestions in a process of its own: a task as JSON on stdin, what was measured as JSON on stdout. */
import { json } from 'node:stream/consumers';
import { createSearcher } from '../../src/searching/searcher.ts';
import { occasionOf } from './history.ts';
import { profiled } from './phases.ts';
import { play } from './play.ts';
import { algorithmOf, type Measured, situationOf, type Task, type Timed } from './task.ts';

const MIB = 2 ** 20;

/** One suggestion; before it the one before it, with all the fits that takes, unless the process is to be fresh. */
async function suggestion(task: Task): Promise<Measured> {
  const algorithm = algorithmOf(task);
  const situation = situationOf(task);
  const searcher = createSearcher(algorithm);
  if (task.figure !== 'fresh') {
    searcher.suggest(occasionOf({ ...situation, observations: task.observations - 1 }, algorithm));
  }
  const occasion = occasionOf(situation, algorithm);
  const suggest = () => timed(() => searcher.suggest(occasion)?.origin);
  const { phases, result } = task.isProfiled ? await profiled(suggest) : { phases: undefined, result: suggest() };
  const { result: origin, ...times } = result;
  if (origin !== 'Model') throw new TypeError(`the suggestion comes from ${origin}, not from the model`);
  return { ...times, phases };
}

/** The mean over all that the model makes up to so many observations. */
function wholeRun(task: Task): Measured {
  const times: Timed[] = [];
  play(situationOf(task), algorithmOf(task), (start) => {
    const { result, ...own } = timed(start);
    if (result.some((answer) => answer.kind === 'Promote' || answer.origin === 'Model')) times.push(own);
    return result;
  });
  if (times.length === 0) throw new RangeError(`the model suggests nothing up to ${task.observations} observations`);
  const mean = (of: (own: Timed) => number) => times.reduce((sum, own) => sum + of(own), 0) / times.length;
  return { wallMs: mean(({ wallMs }) => wallMs), cpuMs: mean(({ cpuMs }) => cpuMs), suggestions: times.length };
}

function timed<T>(run: () => T): Timed & { readonly result: T } {
  const before = process.cpuUsage();
  const from = performance.now();
  const result = run();
  const wallMs = performance.now() - from;
  const { user, system } = process.cpuUsage(before);
  return { wallMs, cpuMs: (user + system) / 1000, result };
}

const task = (await json(process.stdin)) as Task;
const measured = task.figure === 'run' ? wholeRun(task) : await suggestion(task);
const peakMiB = (process.resourceUsage().maxRSS * 1024) / MIB;
const arraysMiB = process.memoryUsage().arrayBuffers / MIB;
process.stdout.write(JSON.stringify({ ...measured, peakMiB, arraysMiB } satisfies Measured));
