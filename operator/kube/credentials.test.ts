import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { connect, contextNamespace } from './api-server.ts';
import { KubeError } from './cluster.ts';
import { MisbehavingServer, WIDGET } from './testing/misbehaving-server.ts';

const ref = { namespace: 'default', name: 'a' };

/** A kubeconfig file with these users, each with a context of the same name; the first is current. */
async function kubeconfigOf(server: string, users: Record<string, object>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'abohb-kubeconfig-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const names = Object.keys(users);
  const path = join(folder, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': names[0],
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: names.map((name) => ({ name, user: users[name] })),
    contexts: names.map((name) => ({ name, context: { cluster: 'test', user: name, namespace: `${name}-space` } })),
  };
  await writeFile(path, stringify(config));
  return path;
}

async function listening(): Promise<MisbehavingServer> {
  const server = await MisbehavingServer.start();
  onTestFinished(() => server.stop());
  return server;
}

/** The path and the credentials of the one request that was made. */
function asked(server: MisbehavingServer): unknown[] {
  return server.requests.map(({ path, headers }) => [path, headers.authorization, headers['user-agent']]);
}

test('a token goes with every request, below the path of the server’s address', async () => {
  const server = await listening();
  const kubeconfig = await kubeconfigOf(`${server.url}/clusters/c1/`, { me: { token: 'secret' } });
  await connect({ version: '1', kubeconfig }).list(WIDGET, {}, new AbortController().signal);
  expect(asked(server)).toEqual([['/clusters/c1/apis/test.example/v1/widgets', 'Bearer secret', 'abohb/1']]);
});

test('another context is another user', async () => {
  const server = await listening();
  const kubeconfig = await kubeconfigOf(server.url, { me: { token: 'mine' }, you: { token: 'yours' } });
  const options = { version: '1', kubeconfig, context: 'you' };
  await connect(options).list(WIDGET, {}, new AbortController().signal);
  expect(asked(server)).toMatchObject([[expect.anything(), 'Bearer yours', 'abohb/1']]);
  expect(contextNamespace(options)).toBe('you-space');
});

test('a plugin is asked for the token, once while it lasts', async () => {
  const server = await listening();
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'from-plugin', expirationTimestamp: '2999-01-01T00:00:00Z' },
  };
  const exec = {
    apiVersion: credential.apiVersion,
    command: process.execPath,
    args: ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
    interactiveMode: 'Never',
  };
  const it = connect({ version: '1', kubeconfig: await kubeconfigOf(server.url, { me: { exec } }) });
  await it.list(WIDGET, {}, new AbortController().signal);
  await it.list(WIDGET, {}, new AbortController().signal);
  expect(asked(server)).toEqual(Array(2).fill(['/apis/test.example/v1/widgets', 'Bearer from-plugin', 'abohb/1']));
});

test('a plugin that cannot be run is a lack of credentials, not of a server', async () => {
  const server = await listening();
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/nonexistent/plugin',
    interactiveMode: 'Never',
  };
  const it = connect({ version: '1', kubeconfig: await kubeconfigOf(server.url, { me: { exec } }) });
  await expect(it.get(WIDGET, ref)).rejects.toMatchObject({ name: 'KubeError', code: 'Unauthorized' });
  expect(server.requests).toEqual([]);
});

test.each([
  ['there is no file', { kubeconfig: '/nonexistent/kubeconfig' }],
  ['there is no such context', { context: 'nobody' }],
])('connecting fails when %s', async (_, options) => {
  const kubeconfig = await kubeconfigOf('http://127.0.0.1:1', { me: { token: 'x' } });
  expect(() => connect({ version: '1', kubeconfig, ...options })).toThrow(KubeError);
});
