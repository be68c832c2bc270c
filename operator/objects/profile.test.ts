import { expect, test } from 'vitest';
import { aStudy } from '../../test/builders.ts';
import { withProfile } from './profile.ts';

const SLICE = 'nvidia.com/mig-1g.10gb';
const { spec } = aStudy({
  algorithm: { asynchronousHyperband: { scheduling: 'Promotion' } },
  resourceProfiles: [
    { fromLevel: 9, limits: { 'nvidia.com/gpu': 2, memory: '64Gi' }, remove: [SLICE] },
    { fromLevel: 3, limits: { 'nvidia.com/gpu': 1 }, requests: { cpu: 4 }, remove: [SLICE] },
  ],
});
const container = {
  name: 'train',
  resources: { limits: { [SLICE]: 1, memory: '8Gi' }, requests: { [SLICE]: 1 }, claims: [{ name: 'fast' }] },
};
const claims = [{ name: 'fast' }];

test.each([
  [1, container.resources],
  [3, { limits: { 'nvidia.com/gpu': 1, memory: '8Gi' }, requests: { cpu: 4 }, claims }],
  [9, { limits: { 'nvidia.com/gpu': 2, memory: '64Gi' }, claims }],
])('towards level %i a container asks for %j', (level, resources) => {
  expect(withProfile(container, spec, level).resources).toEqual(resources);
});
