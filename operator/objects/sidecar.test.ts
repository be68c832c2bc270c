import { describe, expect, test } from 'vitest';
import { aStudy, aTrial, stored } from '../../test/builders.ts';
import type { Container, PodSpec } from '../kube/kinds.ts';
import { readConfigArgument } from '../sidecar/config.ts';
import { trialJob } from './job.ts';

interface Wanted {
  readonly metrics?: Readonly<Record<string, unknown>>;
  readonly container?: Readonly<Record<string, unknown>>;
  readonly pod?: Readonly<Record<string, unknown>>;
  readonly checkpoint?: Readonly<Record<string, unknown>>;
}

function podOf({ metrics = { file: { path: '/metrics/train.jsonl' } }, container, pod, checkpoint }: Wanted): PodSpec {
  const containers = [{ name: 'train', image: 'train:1', ...container }];
  const trialTemplate = { spec: { template: { spec: { containers, ...pod } } } };
  const study = stored(aStudy({ metrics, trialTemplate, ...(checkpoint && { checkpoint }) }));
  return trialJob({ study, trial: aTrial(1), attempt: 1, until: 3, image: 'abohb:1' }).spec.template.spec;
}

const sidecarOf = (pod: PodSpec): Container | undefined => pod.initContainers?.at(-1);

describe('a pod whose reports are in a file', () => {
  const pod = podOf({});

  test('has a sidecar that ends with it, from the operator’s image, with few rights and small', () => {
    expect(sidecarOf(pod)).toMatchObject({
      name: 'abohb-metrics',
      image: 'abohb:1',
      restartPolicy: 'Always',
      resources: { requests: { memory: '128Mi' }, limits: { memory: '128Mi' } },
      securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    });
  });

  test('tells it what to read, by which names', () => {
    expect(readConfigArgument(sidecarOf(pod)?.args?.[0])).toEqual({
      names: { resource: 'epoch', metric: 'val_error' },
      source: { kind: 'file', path: '/metrics/train.jsonl', format: 'JSON' },
    });
  });

  test('shares an empty volume with it at the folder of the file', () => {
    expect(pod['volumes']).toEqual([{ name: 'abohb-metrics', emptyDir: {} }]);
    expect(pod.containers[0]?.['volumeMounts']).toEqual([{ name: 'abohb-metrics', mountPath: '/metrics' }]);
    expect(sidecarOf(pod)?.['volumeMounts']).toEqual([
      { name: 'abohb-metrics', mountPath: '/metrics', readOnly: true },
    ]);
  });

  test('says in ABOHB_METRICS_PATH where the file is', () => {
    expect(pod.containers[0]?.env).toContainEqual({ name: 'ABOHB_METRICS_PATH', value: '/metrics/train.jsonl' });
  });
});

describe('a volume that is there already is shared with the sidecar', () => {
  const volumeMounts = [
    { name: 'all', mountPath: '/' },
    { name: 'data', mountPath: '/data', subPath: 'here' },
    { name: 'other', mountPath: '/data/out-of-the-way' },
  ];

  test('the deepest that holds the folder', () => {
    const pod = podOf({ metrics: { file: { path: '/data/out/train.csv' } }, container: { volumeMounts } });
    expect(pod['volumes']).toBeUndefined();
    expect(sidecarOf(pod)?.['volumeMounts']).toEqual([
      { name: 'data', mountPath: '/data', subPath: 'here', readOnly: true },
    ]);
  });

  test('the checkpoint of the trial too', () => {
    const pod = podOf({
      metrics: { tensorBoard: { path: '/checkpoint/logs' } },
      checkpoint: { claimName: 'claim' },
    });
    expect(sidecarOf(pod)?.['volumeMounts']).toEqual([
      { name: 'abohb-checkpoint', mountPath: '/checkpoint', subPath: 'digits-0001-uid-of-d', readOnly: true },
    ]);
  });
});

test('a page is read without a volume, by the name of the series that holds the resource', () => {
  const pod = podOf({ metrics: { prometheus: { port: 8000, resource: 'epochs' }, additional: ['loss'] } });
  expect(pod['volumes']).toBeUndefined();
  expect(readConfigArgument(sidecarOf(pod)?.args?.[0])).toEqual({
    names: { resource: 'epoch', metric: 'val_error', additional: ['loss'] },
    source: { kind: 'prometheus', port: 8000, path: '/metrics', intervalMs: 5000, resource: 'epochs' },
  });
});

test('init containers of the template come first, and root is not for the sidecar', () => {
  const pod = podOf({ pod: { initContainers: [{ name: 'fetch' }], securityContext: { runAsUser: 0 } } });
  expect(pod.initContainers?.map(({ name }) => name)).toEqual(['fetch', 'abohb-metrics']);
  expect(sidecarOf(pod)).toMatchObject({ securityContext: { runAsUser: 65532 } });
});

test('a pod whose reports are in its log has no sidecar', () => {
  expect(podOf({ metrics: { log: {} } }).initContainers).toBeUndefined();
});
