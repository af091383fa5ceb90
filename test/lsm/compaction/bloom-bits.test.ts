import { describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/base/hash.js';
import { bloomBitsFor } from '../../../src/lsm/compaction/bloom-bits.js';
import { levelTargets } from '../../../src/lsm/compaction/level-targets.js';
import { makeBloomBits, mayContain } from '../../../src/lsm/sstable/index/bloom-filter.js';
import { parseLevels } from './levels-script.js';

const levelOptions = { levelBytesBase: 400, levelRatio: 4 };
const bloomOptions = { bloomBitsPerKey: 10, memtableBytesMax: 100 };

function bitsByLevel(levels: string, options = bloomOptions): string {
  const targets = levelTargets(parseLevels(levels), levelOptions);
  return targets.targetBytes
    .map((_, level) =>
      level === 0 || level >= targets.baseLevel ? bloomBitsFor(level, targets, options).toFixed(1) : '-',
    )
    .join(' ');
}

/** A filter of `count` keys, and how many of 100,000 keys that are not in it it lets pass. */
function tried(level: number, count: number, bitsPerKey: number): { readonly bytes: number; readonly passed: number } {
  const hashOf = (key: string): number => hashKey(Buffer.from(key), 0, key.length);
  const { bits, bitCount, probes } = makeBloomBits(
    Uint32Array.from({ length: count }, (_, i) => hashOf(`${level}:${i}`)),
    bitsPerKey,
  );
  let passed = 0;
  for (let i = 0; i < 100_000; i++) if (mayContain(bits, 0, bitCount, probes, hashOf(`missing ${i}`))) passed++;
  return { bytes: bits.length, passed };
}

describe('Bloom bits by level', () => {
  it('are the average where there is one level', () => {
    expect(bitsByLevel('L6: 1[a-z]x400')).toBe('12.9 - - - - - 10.0');
  });
  it('are more above, up to half as many again, and less in the last level', () => {
    expect(bitsByLevel('L6: 1[a-z]x6400')).toBe('15.0 - - - 14.9 12.1 9.2');
  });
  it('are none at all when no filter is wanted', () => {
    expect(bitsByLevel('L6: 1[a-z]x1600', { ...bloomOptions, bloomBitsPerKey: 0 })).toBe('0.0 - - - - 0.0 0.0');
  });
  it('are one at least', () => {
    expect(bitsByLevel('L6: 1[a-z]x6400', { ...bloomOptions, bloomBitsPerKey: 1 })).toBe('1.5 - - - 1.5 1.5 1.0');
  });

  it('keep to the average, weighted by the sizes of the levels below level 0', () => {
    const targets = levelTargets(parseLevels('L6: 1[a-z]x6400'), levelOptions);
    let bits = 0;
    let size = 0;
    for (const level of [4, 5, 6]) {
      bits += bloomBitsFor(level, targets, bloomOptions) * targets.targetBytes[level]!;
      size += targets.targetBytes[level]!;
    }
    expect(bits / size).toBeCloseTo(10, 6);
  });

  it('make false positives as many as the share of the level', () => {
    const targets = levelTargets(parseLevels('L6: 1[a-z]x6400'), levelOptions);
    const rate = (level: number): number => Math.exp(-bloomBitsFor(level, targets, bloomOptions) * Math.LN2 ** 2);
    expect(rate(6) / rate(5)).toBeCloseTo(4, 6);
    expect(rate(5) / rate(4)).toBeCloseTo(4, 6);
  });

  it('halve the blocks that missing keys touch in a tree of three levels, for the same memory', () => {
    const targets = levelTargets(parseLevels('L6: 1[a-z]x40000'), { levelBytesBase: 400, levelRatio: 10 });
    const total = (bitsOf: (level: number) => number): { bytes: number; passed: number } => {
      const filters = [4, 5, 6].map((level) => tried(level, targets.targetBytes[level]!, bitsOf(level)));
      return {
        bytes: filters.reduce((sum, { bytes }) => sum + bytes, 0),
        passed: filters.reduce((sum, { passed }) => sum + passed, 0),
      };
    };
    const alike = total(() => 10);
    const byLevel = total((level) => bloomBitsFor(level, targets, { ...bloomOptions, memtableBytesMax: 400 }));
    expect(byLevel.bytes).toBeLessThanOrEqual(alike.bytes);
    expect(byLevel.passed).toBeLessThan(alike.passed * 0.6);
  });
});
