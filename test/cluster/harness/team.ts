/** What a team has on a cluster: a namespace, kubectl in it, and the patience to wait for what is seen there. */
import { STUDY, type Study } from '../../../operator/api/study.ts';
import { TRIAL, type Trial } from '../../../operator/api/trial.ts';
import type { Kind, KubeObject } from '../../../operator/kube/cluster.ts';
import type { Condition } from '../../../operator/kube/kinds.ts';
import { stateOf, type TrialStateCondition } from '../../../operator/observe.ts';
import type { ControlPlane } from './control-plane.ts';
import { type Program, programsFor } from './programs.ts';
import { until } from './wait.ts';

/** Where a team works. */
export interface Place {
  readonly namespace: string;
  readonly kubectl: Program;
}

export interface Team extends Place {
  /** Applies each. */
  apply(...objects: readonly object[]): Promise<string>;
  /** A JSON merge patch. */
  patch(kind: Kind, name: string, change: object): Promise<string>;
  get<T extends KubeObject>(kind: Kind<T>, name: string): Promise<T>;
  /** What belongs to a Study. */
  list<T extends KubeObject>(kind: Kind<T>, study: string): Promise<readonly T[]>;
  /** What `look` sees in the object, once that is neither false nor undefined; throws in the end with how it was last. */
  seen<T extends Seen, R>(kind: Kind<T>, name: string, what: string, look: Look<T, R>): Promise<R>;
  /** The object's condition as soon as it is like that. */
  has<T extends Seen>(kind: Kind<T>, name: string, wanted: Wanted): Promise<Condition>;
  /** The Study as soon as it has ended for this reason: MaxTrialsReached unless told. */
  ended(study: string, reason?: string): Promise<Study>;
  /** The Study's first Trial as soon as it is in this state. */
  firstTrial(study: string, state: TrialStateCondition): Promise<Trial>;
  /** Resolves when the last report of the Study's first Trial is of this level. */
  reaches(study: string, level: number): Promise<unknown>;
}

type Seen = KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } };
type Look<T, R> = (object: T) => R | false | undefined;

/** A condition of this type, with this status and reason, whose message has these words in it. */
export interface Wanted {
  readonly type: string;
  readonly status?: Condition['status'];
  readonly reason?: string;
  readonly message?: string;
}

/** For a machine that runs two clusters at once. */
const PATIENCE_MS = 120_000;

/** A new namespace, its name `prefix` and something unique. */
export async function newPlace(plane: ControlPlane, prefix: string): Promise<Place> {
  const { kubectl } = await programsFor(plane.kubeconfig);
  return { kubectl, namespace: await plane.namespace(prefix) };
}

/** `where` is asked each time: the namespace may be made later. */
export function teamOf(where: () => Place): Team {
  const kubectl: Program = async (args, input) => where().kubectl(['--namespace', where().namespace, ...args], input);
  const get = async <T extends KubeObject>(kind: Kind<T>, name: string): Promise<T> =>
    JSON.parse(await kubectl(['get', resource(kind), name, '--output=json'])) as T;
  const seen = async <T extends Seen, R>(kind: Kind<T>, name: string, what: string, look: Look<T, R>): Promise<R> => {
    let last: T | undefined;
    const probe = async (): Promise<R | false | undefined> => {
      last = await get(kind, name);
      return look(last);
    };
    return until(`${kind.kind} ${name} ${what}`, probe, PATIENCE_MS).catch((error: Error) => {
      throw new Error(`${error.message}; its status: ${JSON.stringify(last?.status)}`, { cause: error.cause });
    });
  };
  return {
    get namespace() {
      return where().namespace;
    },
    kubectl,
    apply: (...items) => kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })),
    patch: (kind, name, change) =>
      kubectl(['patch', resource(kind), name, '--type=merge', '--patch', JSON.stringify(change)]),
    get,
    list: async <T extends KubeObject>(kind: Kind<T>, study: string) => {
      const found = await kubectl(['get', resource(kind), '--selector', `abohb.dev/study=${study}`, '--output=json']);
      return (JSON.parse(found) as { readonly items: readonly T[] }).items;
    },
    seen,
    has: (kind, name, wanted) =>
      seen(kind, name, `has ${Object.values(wanted).join(' ')}`, ({ status }) => likeIt(status?.conditions, wanted)),
    ended: (study, reason = 'MaxTrialsReached') =>
      seen(STUDY, study, `has ended with ${reason}`, (it) => {
        return likeIt(it.status?.conditions, { type: 'Succeeded', reason }) && it;
      }),
    firstTrial: (study, state) =>
      seen(TRIAL, `${study}-0001`, `is ${state}`, (it) => stateOf(it.status) === state && it),
    reaches: (study, level) =>
      seen(TRIAL, `${study}-0001`, `has reached ${level}`, ({ status }) => status?.reached === level),
  };
}

/** As kubectl names a kind that it cannot mistake for another. */
function resource({ group, version, plural }: Kind): string {
  return group === '' ? plural : `${plural}.${version}.${group}`;
}

function likeIt(list: readonly Condition[] | undefined, wanted: Wanted): Condition | undefined {
  const { type, status, reason, message = '' } = wanted;
  return list?.find(
    (it) =>
      it.type === type &&
      (status === undefined || it.status === status) &&
      (reason === undefined || it.reason === reason) &&
      (it.message ?? '').includes(message),
  );
}
