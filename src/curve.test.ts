import { expect, test } from 'vitest';
import { firstAtEach, firstAtStrides, lasting, lastingStride } from './curve.ts';

const reports = (...resources: readonly number[]) => resources.map((resource) => ({ resource }));

test('the first reports at or above levels count once, however many levels they pass', () => {
  expect(firstAtEach(reports(1, 2, 4, 10, 40), [1, 3, 9, 27])).toEqual(reports(1, 4, 10, 40));
  expect(firstAtEach(reports(5, 6), [1, 3])).toEqual(reports(5));
  expect(firstAtEach(reports(1, 2), [])).toEqual([]);
});

test('the first reports at or above multiples of a stride count once each', () => {
  expect(firstAtStrides(reports(1, 3, 4, 5, 9, 15), 4)).toEqual(reports(4, 9, 15));
  expect(firstAtStrides(reports(1, 2, 7), 1)).toEqual(reports(1, 2, 7));
});

test.each([
  [9, 1],
  [60, 1],
  [61, 2],
  [123, 4],
  [1e9, 2 ** 24],
])('curves up to %i last at strides of %i', (max, stride) => {
  expect(lastingStride(max)).toBe(stride);
});

test('every report of a short curve lasts, of a long one those at rungs and strides', () => {
  const curves = { levels: [1, 3, 9], max: 200 };
  expect(lasting(reports(1, 2, 3, 4, 5), { ...curves, max: 9 })).toEqual(reports(1, 2, 3, 4, 5));
  expect(lasting(reports(1, 2, 3, 4, 5, 6, 9, 10), curves)).toEqual(reports(1, 3, 4, 9));
});
