import { expect, test } from 'vitest';
import type { KubeObject } from '../kube/cluster.ts';
import { Cache } from './cache.ts';
import { isAtLeast } from './versions.ts';

interface Thing extends KubeObject {
  readonly colour: string;
}

function thing(name: string, resourceVersion: number, colour = 'red', uid = `uid-${name}`): Thing {
  const metadata = { name, namespace: 'ns', uid, resourceVersion: String(resourceVersion) };
  return { apiVersion: 'v1', kind: 'Thing', metadata, colour };
}

function cacheOf(...things: Thing[]): Cache<Thing> {
  const cache = new Cache<Thing>();
  cache.index('colour', ({ colour }) => [colour]);
  cache.replace(things, '10');
  return cache;
}

test('it is synced once the first list is in', async () => {
  const cache = new Cache<Thing>();
  expect([cache.hasSynced, cache.resourceVersion, cache.size]).toEqual([false, undefined, 0]);
  cache.replace([], '10');
  await cache.synced;
  expect([cache.hasSynced, cache.resourceVersion, cache.lists]).toEqual([true, '10', 1]);
});

test('objects are found by key, and are the very ones stored', () => {
  const a = thing('a', 1);
  const cache = cacheOf(a, thing('b', 2));
  expect(cache.get('ns/a')).toBe(a);
  expect(cache.get('ns/c')).toBeUndefined();
  expect(cache.all()).toHaveLength(2);
});

test('an index follows additions, changes and deletions', () => {
  const cache = cacheOf(thing('a', 1, 'red'), thing('b', 2, 'red'));
  cache.put(thing('c', 11, 'blue'));
  cache.put(thing('a', 12, 'blue'));
  cache.remove(thing('b', 13, 'red'));
  expect(cache.list('colour', 'blue').map(({ metadata }) => metadata.name)).toEqual(['c', 'a']);
  expect(cache.list('colour', 'red')).toEqual([]);
  expect(() => cache.list('size', 'big')).toThrow('no index size');
});

test('an index added later holds what is there already', () => {
  const cache = cacheOf(thing('a', 1));
  cache.index('initial', ({ metadata }) => [metadata.name.slice(0, 1), 'any']);
  expect(cache.list('initial', 'any')).toEqual([thing('a', 1)]);
});

test('a new list tells what appeared, changed and went, and nothing else', () => {
  const cache = cacheOf(thing('same', 1), thing('changed', 2), thing('gone', 3), thing('anew', 4));
  const changes = cache.replace(
    [thing('same', 1), thing('changed', 12), thing('new', 13), thing('anew', 14, 'red', 'uid-2')],
    '20',
  );
  expect(changes.map(({ key, before, after }) => [key, versionOf(before), versionOf(after)])).toEqual([
    ['ns/changed', '2', '12'],
    ['ns/new', undefined, '13'],
    ['ns/anew', '4', '14'],
    ['ns/gone', '3', undefined],
  ]);
});

test.each([
  ['an event that came before', () => cacheOf(thing('a', 7)).put(thing('a', 7))],
  ['an older event', () => cacheOf(thing('a', 7)).put(thing('a', 6))],
  ['a deletion of what is not there', () => cacheOf().remove(thing('a', 6))],
  ['a late deletion of an earlier incarnation', () => cacheOf(thing('a', 9, 'red', 'new')).remove(thing('a', 8))],
])('%s changes nothing', (_, act) => {
  expect(act()).toBeUndefined();
});

test('the version seen grows with events and bookmarks, and never falls with an old event', () => {
  const cache = cacheOf();
  cache.put(thing('a', 12));
  cache.put(thing('b', 11));
  expect(cache.resourceVersion).toBe('12');
  cache.bookmark('99');
  cache.remove(thing('a', 100));
  expect(cache.resourceVersion).toBe('100');
});

test('whoever waits for the cache to advance is woken by the next thing it takes in', async () => {
  const cache = cacheOf();
  const advanced = cache.advanced();
  cache.bookmark('11');
  await advanced;
});

test.each([
  ['9', '10', false],
  ['10', '9', true],
  ['10', '10', true],
  ['9007199254740993', '9007199254740992', true],
  ['9007199254740992', '9007199254740993', false],
  ['abc', '1', false],
  ['abc', 'abc', true],
])('version %s includes %s: %s', (seen, wanted, is) => {
  expect(isAtLeast(seen, wanted)).toBe(is);
});

function versionOf(object: Thing | undefined): string | undefined {
  return object?.metadata.resourceVersion;
}
