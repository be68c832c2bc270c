/**
 * `make demo-cluster`: a real one-node cluster on this machine, the operator installed as users install it, and a Study
 * whose trials are containers that train on real data, each with a GPU that is not there.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../../operator/kube/api-server.ts';
import { programsFor } from '../../cluster/harness/programs.ts';
import { connectRest, type Rest, RestError } from '../../cluster/harness/rest.ts';
import { tools } from '../../cluster/harness/tools.ts';
import { until } from '../../cluster/harness/wait.ts';
import { createVolume, installOperator, SYSTEM } from '../harness/furnish.ts';
import { images } from '../harness/images.ts';
import { whyNoNode } from '../harness/machine.ts';
import { importImages } from '../harness/node.ts';
import { clusterUp } from './cluster.ts';
import { follow } from './follow.ts';
import type { State } from './state.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/digits/gpu-study.yaml');
const STUDY_NAME = 'digits';
const CLAIM = 'digits-checkpoints';
const NAMESPACE = 'demo';

const began = performance.now();

function say(line: string): void {
  process.stdout.write(`[${Math.round((performance.now() - began) / 1000)}s] ${line}\n`);
}

async function main(): Promise<number> {
  const reason = whyNoNode();
  if (reason !== undefined) {
    process.stderr.write(`no demo cluster here: ${reason}; make demo runs the same search without a cluster\n`);
    return 1;
  }
  say('starting a cluster: etcd, API server, controllers, containerd, kubelet, 4 GPUs that are not there');
  const [state, made] = await Promise.all([clusterUp(say), images(say)]);
  process.once('SIGINT', () => {
    process.stdout.write(`\n${lookAround(state, 'kubectl')}\n`);
    process.exit(130);
  });
  const programs = await programsFor(state.kubeconfig);
  const admin = await connectRest(state.kubeconfig);
  say('loading the images into the node');
  await importImages(state.directory, made.archives);
  say('installing the operator with Helm');
  await installOperator(programs, made);
  say(`kubectl apply -f examples/digits/gpu-study.yaml`);
  await prepareNamespace(admin, state);
  await programs.kubectl(['apply', '--namespace', NAMESPACE, '-f', '-'], readFileSync(EXAMPLE, 'utf8'));
  const cluster = connect({ version: 'demo', kubeconfig: state.kubeconfig });
  const { lines, isGood } = await follow({ cluster, namespace: NAMESPACE, name: STUDY_NAME });
  const found = await tools(say);
  const kubectl = found.kind === 'available' ? found.kubectl : 'kubectl';
  process.stdout.write(`\n${lines.join('\n')}\n\n${lookAround(state, kubectl)}\n`);
  admin.close();
  return isGood ? 0 : 1;
}

/** A new one: what an earlier demo has left would be taken for this one's checkpoints. */
async function prepareNamespace(admin: Rest, { directory }: State): Promise<void> {
  const path = `/api/v1/namespaces/${NAMESPACE}`;
  const volume = `/api/v1/persistentvolumes/${NAMESPACE}-${CLAIM}`;
  await Promise.all([path, volume].map((each) => removed(admin, each)));
  rmSync(join(directory, 'volumes'), { recursive: true, force: true });
  await admin.call('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } });
  await createVolume({ admin, directory, namespace: NAMESPACE, claim: CLAIM });
}

/** Resolves when there is no such object (any more). */
async function removed(admin: Rest, path: string): Promise<void> {
  const isGone = async (): Promise<boolean> => {
    try {
      await admin.call('DELETE', path);
      return false;
    } catch (error) {
      if (error instanceof RestError && error.status === 404) return true;
      throw error;
    }
  };
  await until(`${path} is gone`, isGone, 120_000);
}

function lookAround({ kubeconfig }: State, kubectl: string): string {
  return [
    'The cluster stays up. To look around:',
    `  export KUBECONFIG=${kubeconfig}`,
    ...(kubectl === 'kubectl' ? [] : [`  alias kubectl=${kubectl}`]),
    `  kubectl config set-context --current --namespace ${NAMESPACE}`,
    '  kubectl get studies,trials,jobs,pods',
    `  kubectl describe study ${STUDY_NAME}`,
    `  kubectl logs --namespace ${SYSTEM} deployment/abohb`,
    'To take it down: make demo-cluster-down',
  ].join('\n');
}

try {
  process.exitCode = await main();
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `make demo-cluster has failed: ${why}\nWhatever is up of it, make demo-cluster-down takes down.\n`,
  );
  process.exitCode = 1;
}
