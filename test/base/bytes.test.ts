import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  copyOf,
  copyOfPair,
  copyRange,
  equalRanges,
  prefixEnd,
  startsWith,
} from '../../src/base/bytes.js';

const byteString = fc.uint8Array({ maxLength: 6 });

describe('byte strings', () => {
  it('are ordered as Buffer.compare orders them', () => {
    fc.assert(
      fc.property(byteString, byteString, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
      }),
    );
  });

  it('ranges are equal when their order says so', () => {
    fc.assert(
      fc.property(byteString, byteString, (a, b) => {
        expect(equalRanges(Buffer.from([9, ...a]), 1, a.length + 1, b, 0, b.length)).toBe(compareBytes(a, b) === 0);
        expect(equalRanges(Buffer.from([9, ...a]), 1, a.length + 1, a, 0, a.length)).toBe(true);
      }),
    );
  });

  it('prefixEnd is the first key after all keys with the prefix', () => {
    fc.assert(
      fc.property(byteString, byteString, (prefix, key) => {
        const end = prefixEnd(prefix);
        const before = end === undefined || compareBytes(key, end) < 0;
        expect(startsWith(key, prefix)).toBe(compareBytes(key, prefix) >= 0 && before);
      }),
    );
    expect(prefixEnd(Uint8Array.of(0xff, 0xff))).toBeUndefined();
    expect(prefixEnd(Uint8Array.of(1, 0xff))).toEqual(Uint8Array.of(2));
  });

  it('prefixEnd leaves the prefix as it is, also in a Buffer', () => {
    const prefix = Buffer.from('n');
    expect(prefixEnd(prefix)).toEqual(Uint8Array.of(0x6f));
    expect(prefix.toString()).toBe('n');
  });

  it.each([0, 5, 32, 33, 400])('a range of %d bytes is copied to its place and nowhere else', (length) => {
    const source = Buffer.from(Array.from({ length: 500 }, (_, i) => i % 251)).subarray(7);
    const target = new Uint8Array(500).fill(255);
    copyRange(source, 3, 3 + length, target, 20);
    expect(Buffer.compare(target.subarray(20, 20 + length), source.subarray(3, 3 + length))).toBe(0);
    expect(target.filter((byte, i) => (i < 20 || i >= 20 + length) && byte !== 255)).toHaveLength(0);
  });

  it('copies do not share memory with their source', () => {
    for (const length of [3, 100]) {
      const source = new Uint8Array(length).fill(7);
      const copy = copyOf(source, 1, length);
      source.fill(0);
      expect(copy).toEqual(Buffer.alloc(length - 1, 7));
    }
  });

  it('copies of two are those of each, whatever their lengths', () => {
    const source = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
    const lengths = Array.from({ length: 400 }, (_, i) => [(i * 37) % 3000, (i * 53) % 50] as const);
    const pairs = lengths.map(([a, b]) => copyOfPair(source, 5, 5 + a, source, 5000 - b, 5000));
    for (const [i, [first, second]] of pairs.entries()) {
      const [a, b] = lengths[i]!;
      expect(Buffer.isBuffer(first) && Buffer.isBuffer(second)).toBe(true);
      expect(Buffer.compare(first, source.subarray(5, 5 + a))).toBe(0);
      expect(Buffer.compare(second, source.subarray(5000 - b))).toBe(0);
    }
  });

  it('copies of every length are Buffers that stay as they are when others are made', () => {
    const source = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
    const lengths = Array.from({ length: 400 }, (_, i) => (i * 37) % 5000);
    const copies = lengths.map((length) => copyOf(source, 5000 - length, 5000));
    for (const [i, copy] of copies.entries()) {
      expect(Buffer.isBuffer(copy)).toBe(true);
      expect(Buffer.compare(copy, source.subarray(5000 - lengths[i]!))).toBe(0);
    }
  });
});
