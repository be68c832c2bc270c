import { expect, test } from 'vitest';
import { type GpuRequest, Gpus, gpusOf } from './gpus.ts';

/** Notes who is granted what, as `name:devices`. */
function aQueue(devices: readonly string[]) {
  const gpus = new Gpus(devices);
  const granted: string[] = [];
  const ask = (name: string, count: number): GpuRequest => {
    const request = { count, grant: (given: readonly string[]) => granted.push(`${name}:${given.join(',')}`) };
    gpus.request(request);
    return request;
  };
  return { gpus, granted, ask };
}

test('GPUs go out lowest first, and back', () => {
  const { gpus, granted, ask } = aQueue(['2', '9', '10']);
  ask('a', 2);
  ask('b', 1);
  gpus.release(['10']);
  gpus.release(['2', '9']);
  ask('c', 3);
  expect(granted).toEqual(['a:2,9', 'b:10', 'c:2,9,10']);
});

test('nobody overtakes: a big request is not starved by small ones', () => {
  const { gpus, granted, ask } = aQueue(['0', '1']);
  ask('a', 1);
  ask('big', 2);
  ask('small', 1);
  expect(granted).toEqual(['a:0']);
  gpus.release(['0']);
  expect(granted).toEqual(['a:0', 'big:0,1']);
  gpus.release(['0', '1']);
  expect(granted).toEqual(['a:0', 'big:0,1', 'small:0']);
});

test('a request that is withdrawn makes way', () => {
  const { gpus, granted, ask } = aQueue(['0', '1']);
  ask('a', 1);
  const big = ask('big', 2);
  ask('small', 1);
  gpus.withdraw(big);
  expect(granted).toEqual(['a:0', 'small:1']);
});

test.each([
  [undefined, { count: 0 }],
  [2, { count: 2 }],
  ['1', { count: 1 }],
  ['half', { refused: 'resources.limits "nvidia.com/gpu" of container train is half: it must be a whole number' }],
  [-1, { refused: 'resources.limits "nvidia.com/gpu" of container train is -1: it must be a whole number' }],
])('a limit of %s is %j', (limit, result) => {
  const limits: Record<string, string | number> = limit === undefined ? {} : { 'nvidia.com/gpu': limit };
  expect(gpusOf({ name: 'train', resources: { limits } })).toEqual(result);
});
