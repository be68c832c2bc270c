/** How a test file asks for a cluster. */
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { type Need, whyUnavailable } from './binary.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type KubeletOptions, type Kubelets, startKubelets } from './kubelet.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './operator-process.ts';
import { tailsIn } from './processes.ts';
import type { Json } from './rest.ts';
import { newPlace, type Place, type Team, teamOf } from './team.ts';

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

/** A team with a namespace of its own, made before the first test. */
export function teamOn(plane: () => ControlPlane, prefix: string): Team {
  let place: Place | undefined;
  beforeAll(async () => {
    place = await newPlace(plane(), prefix);
  });
  return teamOf(() => {
    if (place === undefined) throw new Error('a team is there only while tests run');
    return place;
  });
}

export interface Service {
  readonly teams: readonly Team[];
  /** Of the chart. */
  readonly values?: Json;
  /** What a pod does; absent: no node, so that pods stay unbound. */
  readonly script?: KubeletOptions['script'];
  /** One unless told. */
  readonly nodes?: number;
  /** Of each node; none unless told. */
  readonly gpus?: number;
}

/**
 * Installs the chart, then starts the operator as a process of its own and the nodes, all before the first test and after
 * what was asked for earlier; ends them after the last. When a test fails, the last lines of the operator's log are
 * printed.
 */
export function serve(plane: () => ControlPlane, service: Service): void {
  const { teams, values, script, nodes = 1, gpus = 0 } = service;
  let operator: OperatorProcess | undefined;
  let kubelets: Kubelets | undefined;
  beforeAll(async () => {
    const namespaces = teams.map(({ namespace }) => namespace);
    operator = startOperatorProcess({ ...(await installChart(plane(), namespaces, values)), namespaces });
    if (script === undefined) return;
    const { kubeconfig } = plane();
    const names = Array.from({ length: nodes }, (_, i) => `${namespaces[0]}-${i + 1}`);
    kubelets = await startKubelets({ kubeconfig, script, nodes: names.map((name) => ({ name, gpus })) });
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail' && operator) process.stderr.write(tailsIn(dirname(operator.logFile)));
  });
  afterAll(async () => {
    await operator?.stop();
    await kubelets?.stop();
  });
}
