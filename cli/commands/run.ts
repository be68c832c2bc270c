/** `abohb run`: a Study on this machine, without a cluster. */
import { STUDY } from '../../operator/api/study.ts';
import { TRIAL } from '../../operator/api/trial.ts';
import { counts } from '../../operator/controllers/study/study-status.ts';
import { DamagedJournal } from '../../operator/local/journal.ts';
import { DirectoryInUse } from '../../operator/local/lock.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import { type Command, EXIT, type Io, isRefused, type Refused, say } from '../command.ts';
import { news } from '../progress/lines.ts';
import { createProgress } from '../progress/progress.ts';
import { endedCount, type View, viewOf } from '../progress/view.ts';
import { closingLines } from '../results/closing.ts';
import { writeResults } from '../results/write.ts';
import type { Ending } from '../run/ending.ts';
import { moveAside } from '../run/folder.ts';
import { type Plan, planOf } from '../run/plan.ts';
import { endingIn, openCluster, Session } from '../run/session.ts';
import { settle, storedStudy } from '../run/settle.ts';

export const runCommand: Command = {
  name: 'run',
  summary: 'run a Study on this machine, without a cluster',
  usage: 'FILE [flags]',
  about: [
    'The command of the primary container runs as a local process, in the folder of FILE. What is known is kept in',
    '.abohb/<name>: interrupted (Ctrl-C) and run again, the Study goes on where it was.',
  ],
  flags: {
    dir: { value: 'DIR', about: 'keep state, logs and results in DIR/<name> (default .abohb)' },
    gpus: { value: 'N', about: 'GPUs the trials may use in all (default: those this machine has)' },
    engine: { value: 'ENGINE', about: 'process (default), or docker or podman to run the image' },
    name: { value: 'NAME', about: 'run it under another name than its own' },
    fresh: { about: 'start over; what an earlier run left is kept as <name>.1' },
  },
  run: async (given, io) => {
    const plan = await planOf(given, io);
    if (isRefused(plan)) return refuse(io, plan);
    say(io.stderr, ...plan.notes.map((note) => `note: ${note}`));
    const cluster = await opened(plan, given.switches.has('fresh'), io);
    if (isRefused(cluster)) return refuse(io, cluster);
    try {
      return await runIn(cluster, plan, { io, again: commandLine(given) });
    } finally {
      cluster.close();
    }
  },
};

function refuse({ stderr }: Io, { refused }: Refused): number {
  say(stderr, ...refused);
  return EXIT.refused;
}

function commandLine({ words, values }: Parameters<Command['run']>[0]): string {
  const flags = Object.entries(values).map(([name, value]) => `--${name} ${value}`);
  return ['abohb run', ...words, ...flags].join(' ');
}

async function opened({ folder }: Plan, fresh: boolean, io: Io): Promise<LocalCluster | Refused> {
  try {
    const aside = fresh ? moveAside(folder) : undefined;
    if (aside !== undefined) say(io.stdout, `what an earlier run left is now in ${folder.shown(aside)}`);
    return await openCluster(folder);
  } catch (error) {
    if (error instanceof DirectoryInUse) return { refused: [error.message] };
    if (error instanceof DamagedJournal) return { refused: [`${error.message} (--fresh does that and keeps the old)`] };
    throw error;
  }
}

interface Surroundings {
  readonly io: Io;
  /** The command that goes on after an interruption. */
  readonly again: string;
}

async function runIn(cluster: LocalCluster, plan: Plan, around: Surroundings): Promise<number> {
  const { io } = around;
  const settled = await settle(cluster, plan.study);
  if (isRefused(settled)) return refuse(io, { refused: [...settled.refused, remedy(plan)] });
  const { name } = plan.study.metadata;
  const over = settled === 'Unchanged' ? endingIn(cluster) : undefined;
  if (!over)
    say(io.stdout, `${BEGINNING[settled](name)}; state, logs and results: ${plan.folder.shown(plan.folder.path)}`);
  const ending = over ?? (await runSession(cluster, plan, io));
  await conclude(cluster, plan, { ...around, ending });
  return EXIT_OF[ending.kind];
}

const BEGINNING = {
  Created: (name: string) => `${name} starts`,
  Edited: (name: string) => `${name} goes on, as it was edited`,
  Unchanged: (name: string) => `${name} goes on`,
};

const EXIT_OF: Readonly<Record<Ending['kind'], number>> = {
  Succeeded: EXIT.ok,
  Suspended: EXIT.ok,
  Failed: EXIT.failed,
  Refused: EXIT.failed,
  Interrupted: EXIT.interrupted,
};

function remedy({ study, folder }: Plan): string {
  const where = folder.shown(folder.path);
  return `${study.metadata.name} was run before: --fresh starts over and keeps ${where} as ${where}.1, --name runs it under another name`;
}

async function runSession(cluster: LocalCluster, plan: Plan, io: Io): Promise<Ending> {
  const progress = createProgress({ io, view: viewer(cluster) });
  const session = new Session({
    plan,
    cluster,
    environment: io.env,
    onEvent: (event) => {
      const text = news(event);
      if (text !== undefined) progress.tell(text);
    },
  });
  let isStopping = false;
  const release = onInterrupt(() => {
    session.interrupt();
    progress.notice(isStopping ? 'stopping: killing them' : 'stopping: waiting for trials to end (again to kill them)');
    isStopping = true;
  });
  // Nobody reads our output any more; whatever is said about it would fail the same way.
  const onError = (): void => session.interrupt();
  io.stdout.once('error', onError);
  try {
    return await session.run();
  } finally {
    release();
    io.stdout.removeListener('error', onError);
    progress.close();
  }
}

/** What there is to show now, whenever it is asked. */
function viewer(cluster: LocalCluster): () => View | undefined {
  const session = { startedAt: Date.now(), endedBefore: endedCount(cluster.objects(TRIAL)) };
  return () => {
    const study = storedStudy(cluster);
    return study && viewOf({ study, trials: cluster.objects(TRIAL), session, now: Date.now() });
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Returns what takes the listeners away. */
function onInterrupt(interrupt: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, interrupt);
  return () => {
    for (const signal of SIGNALS) process.removeListener(signal, interrupt);
  };
}

async function conclude(
  cluster: LocalCluster,
  { folder }: Plan,
  { io, again, ending }: Surroundings & { readonly ending: Ending },
): Promise<void> {
  const [study] = cluster.objects(STUDY);
  if (!study) return;
  const trials = cluster.objects(TRIAL);
  const files = (await writeResults(folder.results, study, trials)).map((path) => folder.shown(path));
  say(io.stdout, ...closingLines({ study, counts: counts(trials), ending, files, again }));
}
