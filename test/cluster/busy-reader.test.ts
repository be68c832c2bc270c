/** Many changes at once, seen by an operator that has much else to do. */
import { expect, test } from 'vitest';
import { connect } from '../../operator/kube/api-server.ts';
import { POD } from '../../operator/kube/kinds.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { describeOnCluster } from './harness/ring.ts';

const PODS = 1_000;
/** The process is busy for so long, again and again. */
const BUSY_MS = 100;
/** Nearly as large as pods become. */
const WORDS = 'x'.repeat(2_000);
/** The server ends a watch that does not keep up. On a connection of its own that is rare; on a shared one it took 15. */
const WATCHES = 5;

describeOnCluster('a busy process', 'server', (plane) => {
  test('sees all of a thousand pods that are made at once, by few watches', async () => {
    const namespace = await plane().namespace('busy');
    const cluster = connect({ version: 'test', kubeconfig: plane().kubeconfig });
    const end = new AbortController();
    let { resourceVersion } = await cluster.list(POD, { namespace }, end.signal);
    const made = createPods(plane(), namespace);
    const busy = setInterval(beBusy, 5);
    const seen = new Set<string>();
    let watches = 0;
    try {
      while (seen.size < PODS) {
        watches += 1;
        for await (const event of cluster.watch(POD, { namespace, resourceVersion }, end.signal)) {
          resourceVersion =
            event.type === 'BOOKMARK' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? '');
          if (event.type === 'ADDED') seen.add(event.object.metadata.name);
          if (seen.size === PODS) break;
        }
      }
    } finally {
      clearInterval(busy);
      end.abort();
    }
    await made;
    expect(seen.size).toBe(PODS);
    expect(watches).toBeLessThanOrEqual(WATCHES);
  });
});

async function createPods({ admin }: ControlPlane, namespace: string): Promise<void> {
  const numbers = Array.from({ length: PODS }, (_, i) => i);
  const create = async (): Promise<void> => {
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
      const metadata = { name: `pod-${number}`, annotations: { words: WORDS } };
      const body = { metadata, spec: { containers: [{ name: 'train', image: 'train' }] } };
      await admin.call('POST', `/api/v1/namespaces/${namespace}/pods`, { body });
    }
  };
  await Promise.all(Array.from({ length: 50 }, create));
}

function beBusy(): void {
  const until = performance.now() + BUSY_MS;
  while (performance.now() < until);
}
