/** Follows a Study on a cluster to its end, with the progress that `abohb run` shows. */

import { news } from '../../../cli/progress/lines.ts';
import { createProgress } from '../../../cli/progress/progress.ts';
import { type View, viewOf } from '../../../cli/progress/view.ts';
import { closingLines } from '../../../cli/results/closing.ts';
import { endingOf } from '../../../cli/run/ending.ts';
import { STUDY, type Study } from '../../../operator/api/study.ts';
import { TRIAL, type Trial } from '../../../operator/api/trial.ts';
import { counts } from '../../../operator/controllers/study/study-status.ts';
import type { Cluster } from '../../../operator/kube/cluster.ts';
import { EVENT, type Event } from '../../../operator/kube/kinds.ts';
import { until } from '../../cluster/harness/wait.ts';

export interface Followed {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly name: string;
}

interface Seen {
  readonly study: Study;
  readonly trials: readonly Trial[];
}

const ENDS_WITHIN_MS = 30 * 60_000;

/** Resolves with the last words and whether the Study has succeeded. */
export async function follow(
  followed: Followed,
): Promise<{ readonly lines: readonly string[]; readonly isGood: boolean }> {
  const session = { startedAt: Date.now(), endedBefore: 0 };
  let seen: Seen | undefined;
  const view = (): View | undefined => seen && viewOf({ ...seen, session, now: Date.now() });
  const progress = createProgress({ io: { stdout: process.stdout, env: environment() }, view });
  const tell = teller((text) => progress.tell(text));
  try {
    const { study, trials, ending } = await until(
      `${followed.name} has ended`,
      async () => {
        seen = await look(followed);
        tell(await events(followed));
        const ending = endingOf(seen.study, seen.trials);
        return ending && { ...seen, ending };
      },
      ENDS_WITHIN_MS,
    );
    const lines = closingLines({ study, counts: counts(trials), ending, files: [], again: 'make demo-cluster' });
    return { lines, isGood: ending.kind === 'Succeeded' };
  } finally {
    progress.close();
  }
}

async function look({ cluster, namespace, name }: Followed): Promise<Seen> {
  const { signal } = new AbortController();
  const study = await cluster.get(STUDY, { namespace, name });
  if (study === undefined) throw new Error(`the Study ${name} is gone`);
  const { items } = await cluster.list(TRIAL, { namespace }, signal);
  return { study, trials: items.filter(({ spec }) => spec.study === name) };
}

async function events({ cluster, namespace }: Followed): Promise<readonly Event[]> {
  return (await cluster.list(EVENT, { namespace }, new AbortController().signal)).items;
}

/** Says each event of the operator once. */
function teller(say: (text: string) => void): (events: readonly Event[]) => void {
  const told = new Set<string>();
  return (events) => {
    for (const event of events) {
      const { uid = '' } = event.metadata;
      if (told.has(uid)) continue;
      told.add(uid);
      const text = event.involvedObject.apiVersion?.startsWith('abohb.dev/') ? news(event) : undefined;
      if (text !== undefined) say(text);
    }
  };
}

function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
