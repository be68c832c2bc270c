import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Container, Pod } from '../kube/kinds.ts';
import { systemClock } from '../runtime/clock.ts';
import { configArgument, type SourceConfig } from '../sidecar/config.ts';
import { MetricsReader, withSidecarStatus } from './metrics-reader.ts';
import { endedStatus, runningStatus } from './pods.ts';

const AT = '2030-01-01T00:00:00Z';
const sidecar = (source: SourceConfig): Container => ({
  name: 'abohb-metrics',
  args: [configArgument({ names: { resource: 'epoch', metric: 'loss' }, source })],
});

function aReader(source: SourceConfig): { readonly folder: string; readonly reader: MetricsReader } {
  const folder = mkdtempSync(join(tmpdir(), 'reader-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const logPath = join(folder, 'pod.log');
  return { folder, reader: new MetricsReader({ sidecar: sidecar(source), folder, logPath, clock: systemClock }) };
}

describe('where a container finds its files', () => {
  const container = { name: 'train', env: [{ name: 'ABOHB_METRICS_PATH', value: '/metrics/a.jsonl' }] };

  test('on this machine: in the folder of its pod', () => {
    const { reader, folder } = aReader({ kind: 'file', path: '/metrics/a.jsonl', format: 'JSON' });
    expect(reader.told(container).env).toEqual([{ name: 'ABOHB_METRICS_PATH', value: join(folder, 'a.jsonl') }]);
  });

  test('in a container: where the Study says, by a volume', () => {
    const { reader, folder } = aReader({ kind: 'tensorBoard', path: '/logs/', stepsPerUnit: 1, firstStep: 1 });
    expect(reader.volume).toEqual({ hostPath: folder, mountPath: '/logs' });
  });

  test('a page needs no folder', () => {
    const page = { kind: 'prometheus', port: 1, path: '/', intervalMs: 1000, resource: 'epoch' } as const;
    expect(aReader(page).reader.volume).toBeUndefined();
  });
});

describe('the status of a pod', () => {
  const source: SourceConfig = { kind: 'file', path: '/m/a', format: 'JSON' };
  const pod = { spec: { containers: [], initContainers: [sidecar(source)] } } as unknown as Pod;
  const stateOf = (status: Pod['status']) => withSidecarStatus(pod, status)?.initContainerStatuses?.[0]?.state;
  const cause = { type: 'Exited' } as const;

  test('has a sidecar that runs as long as the pod and ends well', () => {
    expect(stateOf(runningStatus('train', AT))).toEqual({ running: { startedAt: AT } });
    const ended = endedStatus('train', { exitCode: 1, startedAt: AT, finishedAt: AT, cause });
    expect(stateOf(ended)).toMatchObject({ terminated: { exitCode: 0, reason: 'Completed' } });
  });

  test('has none that ran when the pod never did', () => {
    expect(stateOf(endedStatus('train', { exitCode: 128, finishedAt: AT, cause }))).toBeUndefined();
  });
});
