import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { valuesOn } from './prometheus.ts';
import { sidecar } from './testing/sidecar.ts';

const PAGE = `# HELP val_error Error.
# TYPE val_error gauge
val_error{split="train",note="a } \\" b"} 0.25
val_error{split="val"} 0.5 1700000000
epochs_total 3.0
loss NaN
not a sample
`;

test('a series is found by its name, or with labels where several have it', () => {
  const names = { resource: 'epoch', metric: 'val_error{split="val"}', additional: ['val_error', 'loss', 'gone'] };
  expect(valuesOn(PAGE, names, 'epochs_total')).toMatchObject({
    epoch: 3,
    'val_error{split="val"}': '0.5',
    val_error: '0.25',
    loss: 'NaN',
  });
});

describe('a page', () => {
  async function serving(pages: readonly string[]) {
    const left = [...pages];
    const server = createServer((_, response) => {
      const page = left.shift();
      if (page === undefined) response.writeHead(503).end();
      else response.end(page);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const source = { kind: 'prometheus', port, path: '/metrics', intervalMs: 1000, resource: 'epoch' } as const;
    return { port, ...sidecar({ names: { resource: 'epoch', metric: 'val_error' }, source }) };
  }

  test('is looked at again and again: a report whenever the resource has risen', async () => {
    const page = (epoch: number, value: number): string => `epoch ${epoch}\nval_error ${value}\n`;
    const { look, notices, port } = await serving([page(1, 0.5), page(1, 0.45), page(3, 0.25)]);
    expect([...(await look()), ...(await look()), ...(await look())]).toEqual([
      '{"epoch":1,"val_error":0.5}',
      '{"epoch":3,"val_error":0.25}',
    ]);
    await look();
    expect(notices).toEqual([`http://127.0.0.1:${port}/metrics: Error: answered 503`]);
  });

  test('of 100 MB is read in part', async () => {
    const { look } = await serving([`epoch 1\nval_error 0.5\n${'x 1\n'.repeat(25_000_000)}`]);
    expect(await look()).toContain('{"epoch":1,"val_error":0.5}');
  });

  test('that nobody serves yet is no error', async () => {
    const source = { kind: 'prometheus', port: 1, path: '/', intervalMs: 1000, resource: 'epoch' } as const;
    const { look } = sidecar({ names: { resource: 'epoch', metric: 'val_error' }, source });
    expect(await look()).toEqual([]);
  });
});
