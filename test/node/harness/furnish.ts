/** What is put into a real cluster before Studies are: images, the operator, and claims for checkpoints. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chartValues, type Programs } from '../../cluster/harness/programs.ts';
import type { Rest } from '../../cluster/harness/rest.ts';
import type { Images } from './images.ts';
import { NODE } from './settings.ts';

const CHART = join(import.meta.dirname, '../../../charts/abohb');

/** Where the operator runs. */
export const SYSTEM = 'abohb-system';

/** Installs the chart with this image, as its README says; resolves when the operator is ready. */
export async function installOperator({ helm }: Programs, { operator }: Images): Promise<void> {
  const image = { repository: operator.repository, tag: operator.tag, pullPolicy: 'Never' };
  const values = chartValues({ image, logLevel: 'info' });
  const place = ['--namespace', SYSTEM, '--create-namespace', '--wait', '--timeout', '3m'];
  await helm(['upgrade', '--install', 'abohb', CHART, ...place, ...values]);
}

export interface Volume {
  readonly admin: Rest;
  /** Of the node: the volume is a folder there. */
  readonly directory: string;
  readonly namespace: string;
  /** The claim that gets it. */
  readonly claim: string;
}

/** A volume for one claim, which anyone may write to whom the pod's fsGroup lets. */
export async function createVolume({ admin, directory, namespace, claim }: Volume): Promise<string> {
  const name = `${namespace}-${claim}`;
  const path = join(directory, 'volumes', name);
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o770);
  const here = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [NODE] }] };
  await admin.call('POST', '/api/v1/persistentvolumes', {
    body: {
      metadata: { name },
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteOnce', 'ReadWriteMany'],
        local: { path },
        nodeAffinity: { required: { nodeSelectorTerms: [here] } },
        claimRef: { namespace, name: claim },
      },
    },
  });
  return path;
}
