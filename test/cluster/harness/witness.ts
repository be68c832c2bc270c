/**
 * Somebody who watches a namespace from first to last. What is wrong for a moment between two looks of a test is wrong,
 * and what was on record once has to stay there: only who watches sees either.
 */
import { STUDY, type Study } from '../../../operator/api/study.ts';
import { TRIAL, type Trial } from '../../../operator/api/trial.ts';
import type { Kind, KubeObject } from '../../../operator/kube/cluster.ts';
import { POD, type Pod } from '../../../operator/kube/kinds.ts';
import { systemClock } from '../../../operator/runtime/clock.ts';
import { ALWAYS, broken, type World } from '../../simulation/invariants.ts';
import { trialOf } from '../../simulation/play.ts';
import { isOver, PodSeconds } from '../../simulation/pod-meter.ts';
import { OnRecord } from '../../simulation/record.ts';
import { StopWatch } from '../../simulation/stop-watch.ts';
import { studyOf } from './pod-script.ts';
import { connectRest } from './rest.ts';
import { type Sight, watching } from './watching.ts';

export interface WitnessOptions {
  /** Of somebody who may see it all. */
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Milliseconds in which whatever the test takes away is back and at work. */
  readonly backWithinMs: number;
}

export interface Witness {
  /** The Study as it is now, as far as is known, with what was noted on the way; undefined before it was seen. */
  seen(study: string): World | undefined;
  /** What was broken at any moment, in sentences. */
  readonly violations: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** What is kept in mind of a Study. */
interface Notes {
  readonly onRecord: OnRecord;
  readonly stopWatch: StopWatch;
}

/**
 * Looks after each change, and at each kind as it was at one moment: if a number is left out then, or a pod too many runs,
 * it was so. Of two kinds one may be seen a little later than the other. So what is said of both at once is what time does
 * not change: how many a Study allows (tests do not lower that), and that a trial is to end.
 */
export async function startWitness({ kubeconfig, namespace, backWithinMs }: WitnessOptions): Promise<Witness> {
  const api = await connectRest(kubeconfig);
  const stopped = new AbortController();
  const studies = new Map<string, Study>();
  const trials = new Map<string, Trial>();
  const pods = new Map<string, Pod>();
  const notes = new Map<string, Notes>();
  const podSeconds = new PodSeconds(systemClock);
  const violations = new Set<string>();

  const notesOf = (study: Study): Notes => {
    const found = notes.get(uidOf(study)) ?? { onRecord: new OnRecord(study), stopWatch: new StopWatch(systemClock) };
    notes.set(uidOf(study), found);
    return found;
  };
  const seen = (name: string): World | undefined => {
    const study = [...studies.values()].find(({ metadata }) => metadata.name === name);
    if (study === undefined) return undefined;
    const own = {
      study,
      trials: [...trials.values()].filter(({ spec }) => spec.study === name),
      runningPods: onePerJob([...pods.values()].filter((pod) => studyOf(pod) === name && trains(pod))),
    };
    const { onRecord, stopWatch } = notesOf(study);
    onRecord.look(own.trials);
    stopWatch.look(own);
    const { forgotten } = onRecord;
    return { ...own, forgotten, unwantedFor: stopWatch.longest, podSeconds: podSeconds.seconds, backWithinMs };
  };
  const look = (names: readonly string[]): void => {
    for (const name of new Set(names)) {
      const world = seen(name);
      if (world) for (const sentence of broken(ALWAYS, world)) violations.add(`${name}: ${sentence}`);
    }
  };
  const follow = async <T extends KubeObject>(
    kind: Kind<T>,
    known: Map<string, T>,
    told: (objects: readonly T[]) => void,
  ): Promise<void> => {
    for await (const sight of watching<T>(api, pathOf(kind, namespace), stopped.signal)) told(learn(known, sight));
  };
  const following = Promise.all([
    follow(STUDY, studies, (objects) => look(objects.map(({ metadata }) => metadata.name))),
    follow(TRIAL, trials, (objects) => look(objects.map(({ spec }) => spec.study))),
    follow(POD, pods, (objects) => {
      for (const pod of objects) if (isOver(pod) || !pods.has(uidOf(pod))) podSeconds.over(pod);
      look(objects.map(studyOf));
    }),
  ]);
  return {
    seen,
    violations,
    stop: async () => {
      stopped.abort();
      await following;
      api.close();
    },
  };
}

function uidOf({ metadata }: KubeObject): string {
  return metadata.uid ?? '';
}

/** Not one that removes checkpoints. */
function trains(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && trialOf(pod) !== '';
}

/**
 * The Job controller makes a pod twice where the answer to the first request was lost with its API server, and deletes one
 * of them as soon as it sees both. Nobody else can tell, or do anything about it.
 */
function onePerJob(pods: readonly Pod[]): readonly Pod[] {
  return [...new Map(pods.map((pod) => [pod.metadata.ownerReferences?.[0]?.uid ?? uidOf(pod), pod])).values()];
}

function pathOf({ group, version, plural }: Kind, namespace: string): string {
  return `${group === '' ? '/api' : `/apis/${group}`}/${version}/namespaces/${namespace}/${plural}`;
}

/** Brings what is known up to what was seen. Returns what that was about, and what was known of it before. */
function learn<T extends KubeObject>(known: Map<string, T>, sight: Sight<T>): readonly T[] {
  if (sight.type === 'ALL') {
    const before = [...known.values()];
    known.clear();
    for (const object of sight.objects) known.set(uidOf(object), object);
    return [...before, ...sight.objects];
  }
  if (sight.type === 'DELETED') known.delete(uidOf(sight.object));
  else known.set(uidOf(sight.object), sight.object);
  return [sight.object];
}
