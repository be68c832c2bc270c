/** How ring 4 asks for its cluster: one for all tests, with the operator installed from its image and chart. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { connect } from '../../../operator/kube/api-server.ts';
import type { Cluster } from '../../../operator/kube/cluster.ts';
import { type Programs, programsFor } from '../../cluster/harness/programs.ts';
import { isOver, observe } from '../../cluster/harness/studies.ts';
import { until } from '../../cluster/harness/wait.ts';
import type { World } from '../../simulation/invariants.ts';
import { createVolume, installOperator, SYSTEM } from './furnish.ts';
import { type Images, images } from './images.ts';
import { whyNoNode } from './machine.ts';
import { importImages } from './node.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';

export interface Ring {
  readonly real: RealCluster;
  readonly programs: Programs;
  readonly images: Images;
  /** With an administrator's rights. */
  readonly cluster: Cluster;
  /** A new namespace with a claim for checkpoints, and the folder behind it on this machine. */
  home(prefix: string): Promise<Home>;
  /** Applies a Study as a user does. */
  apply(home: Home, study: object): Promise<void>;
  /** The only Study of the namespace when `condition` holds of it; throws with what it is like when it does not in time. */
  seen(home: Home, what: string, condition: (world: World) => boolean, withinMs?: number): Promise<World>;
  /** The only Study of the namespace when it has ended and its pods with it. */
  ended(home: Home, withinMs?: number): Promise<World>;
}

export interface Home {
  readonly namespace: string;
  readonly folder: string;
}

export const CLAIM = 'checkpoints';
const GPUS = 8;
/** Small, so that logs rotate within a test. */
const LOG_SIZE = '100Ki';
const ENDS_WITHIN_MS = 150_000;

/**
 * Where there is no Linux or no root, all count as skipped, with one line that says why; anything else that is missing is
 * an error in CI (`CI=true`).
 */
export function describeOnNode(title: string, body: (ring: () => Ring) => void): void {
  const reason = whyNoNode();
  if (reason !== undefined) {
    if (process.env['CI'] === 'true' && mustRun()) throw new Error(`"${title}" cannot be tested: ${reason}`);
    process.stderr.write(`skipped: ${title}: ${reason}\n`);
  }
  describe.skipIf(reason !== undefined)(title, () => {
    let ring: Ring | undefined;
    beforeAll(async () => {
      ring = await open();
    });
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(await trouble(ring));
    });
    afterAll(() => ring?.real.stop());
    body(() => {
      if (ring === undefined) throw new Error('the cluster is there only while tests run');
      return ring;
    });
  });
}

function mustRun(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

async function open(): Promise<Ring> {
  const say = (line: string): void => void process.stderr.write(`test node: ${line}\n`);
  const [real, made] = await both(startRealCluster({ gpus: GPUS, logSize: LOG_SIZE }, say), images(say));
  try {
    const programs = await programsFor(real.plane.kubeconfig);
    await importImages(real.directory, made.archives);
    await real.node.ready();
    await installOperator(programs, made);
    return ringOn(real, programs, made);
  } catch (error) {
    process.stderr.write(real.plane.logTails());
    await real.stop();
    throw error;
  }
}

/** No cluster is left behind when there are no images for it. */
async function both(starting: Promise<RealCluster>, building: Promise<Images>): Promise<[RealCluster, Images]> {
  const [real, made] = await Promise.allSettled([starting, building]);
  if (real.status === 'rejected') throw real.reason;
  if (made.status === 'fulfilled') return [real.value, made.value];
  await real.value.stop();
  throw made.reason;
}

function ringOn(real: RealCluster, programs: Programs, made: Images): Ring {
  const { plane, directory } = real;
  const cluster = connect({ version: 'test', kubeconfig: plane.kubeconfig });
  const seen: Ring['seen'] = async ({ namespace }, what, condition, withinMs = ENDS_WITHIN_MS) => {
    let last: World | undefined;
    const look = async (): Promise<World | undefined> => {
      [last] = await observe(cluster, namespace);
      return last && condition(last) ? last : undefined;
    };
    return until(what, look, withinMs).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${picture(last)}`, { cause: error });
    });
  };
  return {
    real,
    programs,
    images: made,
    cluster,
    seen,
    ended: (home, withinMs) => seen(home, 'the Study has ended', isOver, withinMs),
    home: async (prefix) => {
      const namespace = await plane.namespace(prefix);
      const folder = await createVolume({ admin: plane.admin, directory, namespace, claim: CLAIM });
      await plane.admin.call('POST', `/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
        body: {
          metadata: { name: CLAIM },
          spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } },
        },
      });
      return { namespace, folder };
    },
    apply: async ({ namespace }, study) => {
      await programs.kubectl(['apply', '--namespace', namespace, '-f', '-'], JSON.stringify(study));
    },
  };
}

/** What a failed test wants to know. */
export function picture(world: World | undefined): string {
  if (world === undefined) return 'there is no Study';
  const { study, trials } = world;
  const lines = trials.map(({ metadata, spec, status }) =>
    JSON.stringify({ name: metadata.name, until: spec.until, stop: spec.stop, ...status, observations: undefined }),
  );
  return [JSON.stringify(study.status), ...lines].join('\n');
}

async function trouble(ring: Ring | undefined): Promise<string> {
  if (ring === undefined) return '';
  const { kubectl } = ring.programs;
  const logs = kubectl(['logs', '--namespace', SYSTEM, 'deployment/abohb', '--tail=30']);
  const pods = kubectl(['get', 'pods', '--all-namespaces']);
  const told = await Promise.all([logs, pods].map((each) => each.catch((error: unknown) => String(error))));
  return `${told.join('\n')}\n`;
}

/** The project's root, where its commands run. */
export const ROOT = join(import.meta.dirname, '../../..');
