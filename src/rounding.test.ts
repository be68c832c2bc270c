import { expect, test } from 'vitest';
import { roundHalfEven, sevenDigits } from './rounding.ts';

test('halves go to the even neighbour', () => {
  expect([0.5, 1.5, 2.5, 12.5, -0.5, -1.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 12, 0, -2, 2, 3]);
});

test.each([
  [0.00123456, '1.234560e-03'],
  [-4.389533685008343, '-4.389534e+00'],
  [1e-100, '1.000000e-100'],
  [0, '0.000000e+00'],
  // Exact halves in the eighth digit go to the even seventh digit.
  [1048576.5, '1.048576e+06'],
  [1048577.5, '1.048578e+06'],
  [-1048576.5, '-1.048576e+06'],
  [1048576.5000001, '1.048577e+06'],
])('%d prints as %s', (x, text) => {
  expect(sevenDigits(x)).toBe(text);
});
