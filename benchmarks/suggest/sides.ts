/** Who suggests: this project and others, each measured in a process of its own. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { FIGURES, type Figure, growthFor } from './figures.ts';
import { trialsOf } from './history.ts';
import { LEVELS, MAX_RESOURCE } from './objective.ts';
import { SPACES, type SpaceName } from './spaces.ts';
import type { Measured, Task } from './task.ts';

/** Where suggestions are measured. */
export interface Setting {
  readonly space: SpaceName;
  readonly pending: number;
  readonly observations: number;
  /** Which share of trials goes on to the next level. */
  readonly passing: number;
}

export interface Side {
  readonly name: string;
  /** Whether it is one of others. */
  readonly isPeer: boolean;
  measure(setting: Setting, seed: number): Measured;
}

interface Own {
  readonly algorithm: string;
  readonly figure: Task['figure'];
  readonly isProfiled: boolean;
}

/** One figure of this project; undefined where there is no such figure. */
export function ownSide({ algorithm, figure, isProfiled }: Own, { observations }: Setting): Side | undefined {
  const growth = isOrdinary(figure) ? growthFor(figure, observations) : undefined;
  if (isOrdinary(figure) && growth === undefined) return undefined;
  return {
    name: `${algorithm} ${figure}`,
    isPeer: false,
    measure(setting, seed) {
      const task: Task = { ...setting, seed, algorithm, figure, growth, isProfiled };
      return { ...answer(process.execPath, 'ours.ts', task), growth };
    },
  };
}

/** Of those whose name needs a certain growth. */
function isOrdinary(figure: Task['figure']): figure is Figure {
  return figure !== 'fresh' && FIGURES.some((own) => own === figure);
}

/** An interpreter with the libraries of others, and how many threads they may use. */
export interface Python {
  readonly program: string;
  readonly threads: string;
}

/** MOBSTER learns from curves. */
export function mobster(python: Python): Side {
  return { name: 'MOBSTER', isPeer: true, measure: peer(python, 'mobster.py', LEVELS) };
}

/** Optuna's sampler learns from the ends of curves. */
export function optuna(python: Python): Side {
  return { name: 'Optuna GP', isPeer: true, measure: peer(python, 'optuna_gp.py', [MAX_RESOURCE]) };
}

/** What libraries of linear algebra look at. */
const THREADS = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'];

function peer({ program, threads }: Python, script: string, levels: readonly number[]): Side['measure'] {
  const limits = Object.fromEntries(THREADS.map((name) => [name, threads]));
  return ({ space, ...setting }, seed) => {
    const parameters = SPACES[space];
    const trials = trialsOf({ ...setting, parameters, levels, seed });
    const study = {
      parameters,
      maxResource: MAX_RESOURCE,
      seed,
      trials: trials.filter(({ state }) => state !== 'Active'),
      pending: trials.filter(({ state }) => state === 'Active').map(({ config }) => config),
    };
    return answer(program, script, study, limits);
  };
}

/** Throws when the process fails; what it says about that is on stderr. */
function answer(program: string, script: string, question: unknown, environment = {}): Measured {
  const path = join(import.meta.dirname, script);
  const { status, stdout, error } = spawnSync(program, [path], {
    input: JSON.stringify(question),
    stdio: ['pipe', 'pipe', 'inherit'],
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${path} ended with ${status}`);
  return JSON.parse(stdout) as Measured;
}
