/** Studies of real clusters whose pods walk a table of learning curves. */
import type { Table } from '../../../benchmarks/tables.ts';
import { STUDY_LABEL } from '../../../operator/api/common.ts';
import { STUDY } from '../../../operator/api/study.ts';
import { TRIAL } from '../../../operator/api/trial.ts';
import { condition } from '../../../operator/conditions.ts';
import type { Cluster } from '../../../operator/kube/cluster.ts';
import { POD } from '../../../operator/kube/kinds.ts';
import type { World } from '../../simulation/invariants.ts';
import { aStudy, jobWith, type Manifest } from './manifest.ts';

function parameter(p: Table['space'][number]): unknown {
  if (!('values' in p)) {
    return { name: p.name, [p.type]: { min: p.min, max: p.max, scale: p.scale === 'log' ? 'Log' : 'Linear' } };
  }
  const isNumeric = p.values.every((value) => typeof value === 'number');
  const kind = p.type === 'ordinal' && isNumeric ? 'ordinal' : 'categorical';
  return { name: p.name, [kind]: { values: kind === 'ordinal' ? p.values : p.values.map(String) } };
}

export interface WantedStudy {
  readonly name: string;
  readonly table: Table;
  readonly algorithm: unknown;
  readonly epochs: number;
  readonly parallelism: number;
  readonly maxTrials: number;
}

/** A Study over the table's space whose pods can be played by it, a GPU each. */
export function studyOn({ name, table, algorithm, epochs, parallelism, maxTrials }: WantedStudy): Manifest {
  return aStudy(name, {
    resource: { max: epochs },
    parameters: table.space.map(parameter),
    algorithm,
    seed: 17,
    parallelism,
    limits: { maxTrials },
    trialTemplate: jobWith({
      args: ['--epochs=$(resource.until)'],
      resources: { limits: { 'nvidia.com/gpu': 1 } },
    }),
  });
}

/** The Studies of a namespace, each with its Trials and their pods, as they are now; no pod was ever lost. */
export async function observe(cluster: Cluster, namespace: string): Promise<readonly World[]> {
  const { signal } = new AbortController();
  // First: what a Study says has happened is then seen in what is read after it.
  const studies = await cluster.list(STUDY, { namespace }, signal);
  const [trials, pods] = await Promise.all([
    cluster.list(TRIAL, { namespace }, signal),
    cluster.list(POD, { namespace }, signal),
  ]);
  const running = pods.items.filter(({ status }) => status?.phase === 'Running');
  return studies.items.map((study) => ({
    study,
    trials: trials.items.filter(({ spec }) => spec.study === study.metadata.name),
    runningPods: running.filter(({ metadata }) => metadata.labels?.[STUDY_LABEL] === study.metadata.name),
    lostPods: 0,
  }));
}

/** It has ended and its pods with it. */
export function isOver({ study, runningPods }: World): boolean {
  const succeeded = condition(study.status?.conditions, 'Succeeded');
  return succeeded !== undefined && succeeded.status !== 'Unknown' && runningPods.length === 0;
}
