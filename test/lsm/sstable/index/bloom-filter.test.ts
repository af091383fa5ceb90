import { describe, expect, it } from 'vitest';
import { hashKey } from '../../../../src/base/hash.js';
import { makeBloomBits, mayContain, type BloomBits } from '../../../../src/lsm/sstable/index/bloom-filter.js';
import { packageFilter } from './package-filter.js';

const hashes = (prefix: string, count: number): Uint32Array =>
  Uint32Array.from({ length: count }, (_, i) => hashKey(Buffer.from(`${prefix}${i}`)));

/** The filter is read where it lies, among other bytes. */
function passes({ bits, bitCount, probes }: BloomBits, hash: number): boolean {
  const around = new Uint8Array(bits.length + 20).fill(0xff);
  around.set(bits, 11);
  return mayContain(around, 11, bitCount, probes, hash);
}

describe('a Bloom filter', () => {
  it.each([0, 1, 10, 5000])('lets all of its %d keys pass', (count) => {
    const keys = hashes('in', count);
    const filter = makeBloomBits(keys, 10);
    expect(keys.every((hash) => passes(filter, hash))).toBe(true);
  });

  it('with 10 bits a key lets about 1 % of others pass', () => {
    const filter = makeBloomBits(hashes('in', 20_000), 10);
    const passed = hashes('out', 20_000).filter((hash) => passes(filter, hash)).length;
    expect(passed / 20_000).toBeLessThan(0.02);
    expect(passed / 20_000).toBeGreaterThan(0.002);
  });

  it('answers as the package does over the same bits', () => {
    const filter = makeBloomBits(hashes('in', 500), 4);
    const twin = packageFilter(filter.bitCount, filter.probes);
    twin._filter.array = filter.bits;
    const element = Buffer.alloc(4);
    for (const hash of [...hashes('in', 500), ...hashes('out', 3000)]) {
      element.writeUInt32LE(hash);
      expect(passes(filter, hash)).toBe(twin.has(element));
    }
  });

  it('has the bits that the package would set', () => {
    const keys = hashes('in', 500);
    const { bitCount, probes, bits } = makeBloomBits(keys, 10);
    const twin = packageFilter(bitCount, probes);
    const element = Buffer.alloc(4);
    for (const hash of keys) {
      element.writeUInt32LE(hash);
      twin.add(element);
    }
    expect(Buffer.from(bits).equals(twin._filter.array)).toBe(true);
  });

  it.each([64, 72, 1000, 4_000_008, 16_777_216, 99_999_992])('of %d bits takes every hash modulo that', (bitCount) => {
    const bits = new Uint8Array(bitCount / 8);
    const filter = { probes: 1, bitCount, bits };
    const last = Math.floor((2 ** 32 - 1) / bitCount) * bitCount;
    for (const multiple of [0, bitCount, 49 * bitCount, Math.floor(last / bitCount / 3) * bitCount, last]) {
      for (const hash of [multiple - 1, multiple, multiple + 1, multiple + bitCount - 1]) {
        if (hash < 0 || hash >= 2 ** 32) continue;
        const bit = hash % bitCount;
        bits[bit >>> 3] = 1 << (bit & 7);
        expect(passes(filter, hash)).toBe(true);
        bits[bit >>> 3]! ^= 0xff;
        expect(passes(filter, hash)).toBe(false);
        bits[bit >>> 3] = 0;
      }
    }
  });

  it('is on disk as the format says', () => {
    const { probes, bitCount, bits } = makeBloomBits(hashes('key', 3), 10);
    expect([probes, bitCount, Buffer.from(bits).toString('hex')]).toEqual([7, 64, '0647d0082809b320']);
  });
});
