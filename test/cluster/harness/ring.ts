/** How a test file asks for a cluster. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { type Need, whyUnavailable } from './binary.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';

/**
 * Tests with one control plane for all of them, started before the first and stopped after the last. Where none can be
 * had they count as skipped, with one line that says why; in CI (`CI=true`) that is an error. When a test fails, the last
 * lines of the components' logs are printed.
 */
export function describeOnCluster(title: string, need: Need, body: (plane: () => ControlPlane) => void): void {
  const reason = whyNot(need);
  if (reason !== undefined) {
    if (process.env['CI'] === 'true') throw new Error(`"${title}" cannot be tested: ${reason}`);
    process.stderr.write(`skipped: ${title}: ${reason}\n`);
  }
  describe.skipIf(reason !== undefined)(title, () => {
    let plane: ControlPlane | undefined;
    beforeAll(async () => {
      plane = await startControlPlane();
    });
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(plane?.logTails() ?? '');
    });
    afterAll(() => plane?.stop());
    body(() => {
      if (plane === undefined) throw new Error('the control plane is there only while tests run');
      return plane;
    });
  });
}

function whyNot(need: Need): string | undefined {
  if (!process.env['TEST_KUBECONFIG']) return whyUnavailable(need);
  return need !== 'nodes' ? undefined : 'the nodes of TEST_KUBECONFIG are not ours to play';
}
