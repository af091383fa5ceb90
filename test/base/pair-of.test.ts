import { expect, it } from 'vitest';
import { pairOf } from '../../src/base/pair-of.js';

it('a pair is an ordinary array of two', () => {
  const pair = pairOf('a', 1);
  expect(pair).toEqual(['a', 1]);
  expect(Array.isArray(pair)).toBe(true);
  expect(pairOf('a', 1)).not.toBe(pair);
});
