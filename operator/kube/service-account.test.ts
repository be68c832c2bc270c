import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { podCredentials } from './service-account.ts';

const IN_A_POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' };

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'abohb-service-account-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

const mounted = { token: 'first\n', 'ca.crt': 'authority', namespace: 'abohb-system' };
const signed = (token: string) => ({ headers: { Authorization: `Bearer ${token}` }, ca: 'authority' });

test('a pod asks the server of its environment, with the token and the authority it is given', async () => {
  const found = podCredentials({ env: IN_A_POD, folder: await folderWith(mounted), now: () => 0 });
  expect([found?.server.href, found?.namespace]).toEqual(['https://10.0.0.1:6443/', 'abohb-system']);
  expect(await found?.sign()).toEqual(signed('first'));
});

test('a token that was renewed is taken up within a minute', async () => {
  const folder = await folderWith(mounted);
  let now = 0;
  const found = podCredentials({ env: IN_A_POD, folder, now: () => now });
  await found?.sign();
  await writeFile(join(folder, 'token'), 'second');
  now = 59_999;
  expect(await found?.sign()).toEqual(signed('first'));
  now = 60_000;
  expect(await found?.sign()).toEqual(signed('second'));
});

test('an address of version 6 is one', async () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1' };
  expect(podCredentials({ env, folder: await folderWith(mounted), now: () => 0 })?.server.href).toBe(
    'https://[fd00::1]/',
  );
});

test('no pod, or one without a token, has none', async () => {
  expect(podCredentials({ env: {}, folder: await folderWith(mounted), now: () => 0 })).toBeUndefined();
  expect(podCredentials({ env: IN_A_POD, folder: await folderWith({}), now: () => 0 })).toBeUndefined();
});

test('a token that is gone is an error that names it', async () => {
  const folder = await folderWith(mounted);
  const found = podCredentials({ env: IN_A_POD, folder, now: () => 0 });
  await rm(join(folder, 'token'));
  await expect(found?.sign()).rejects.toThrow(/service account cannot be read.*token/);
});
