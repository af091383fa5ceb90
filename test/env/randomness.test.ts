import { describe, expect, it } from 'vitest';
import type { Randomness } from '../../src/env/randomness.js';
import { SeededRandomness } from '../../src/env/simulated/seeded-randomness.js';
import { SystemRandomness } from '../../src/env/system-randomness.js';

describe.each<[string, () => Randomness]>([
  ['the machine', () => new SystemRandomness()],
  ['a seed', () => new SeededRandomness(42)],
])('chance from %s', (_, make) => {
  it('gives version 4 UUIDs, fractions and bytes', () => {
    const randomness = make();
    expect(randomness.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(randomness.uuid()).not.toBe(randomness.uuid());
    expect(randomness.bytes(100)).toHaveLength(100);
    const fractions = Array.from({ length: 10_000 }, () => randomness.fraction());
    expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length).toBeCloseTo(0.5, 1);
  });
});

describe('chance from a seed', () => {
  it('repeats itself, and differs between seeds', () => {
    const course = (seed: number): number[] => {
      const randomness = new SeededRandomness(seed);
      return Array.from({ length: 20 }, () => randomness.fraction());
    };
    expect(course(1)).toEqual(course(1));
    expect(course(1)).not.toEqual(course(2));
    expect(course(1)).not.toEqual(course(1 + 2 ** 32));
  });
});
