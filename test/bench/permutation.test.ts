import { describe, expect, it } from 'vitest';
import { Permutation } from '../../bench/engine/permutation.js';

describe('the order of keys that takes no memory', () => {
  it.each([1, 2, 3, 10, 99, 100, 101, 1000, 4097])('has each of %i numbers once', (length) => {
    const order = new Permutation(length, 3).first(length);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
  });

  it('is the same for the same seed, and another for another', () => {
    const order = new Permutation(1000, 1).first(1000);
    expect(new Permutation(1000, 1).first(1000)).toEqual(order);
    expect(new Permutation(1000, 2).first(1000)).not.toEqual(order);
  });

  it('stays within its length at fifty million, and spreads over it', () => {
    const length = 50_000_000;
    const tenths = new Set<number>();
    for (const index of new Permutation(length, 1).first(1000)) {
      expect(index).toBeLessThan(length);
      tenths.add(Math.floor((index / length) * 10));
    }
    expect(tenths.size).toBe(10);
  });

  it('looks random: neighbours rise as often as they fall, and are a third of the length apart', () => {
    const length = 100_000;
    const order = new Permutation(length, 5).first(length);
    let rises = 0;
    let distance = 0;
    for (let i = 1; i < length; i++) {
      if (order[i]! > order[i - 1]!) rises++;
      distance += Math.abs(order[i]! - order[i - 1]!);
    }
    expect(rises / length).toBeCloseTo(0.5, 2);
    expect(distance / length / length).toBeCloseTo(1 / 3, 2);
  });
});
