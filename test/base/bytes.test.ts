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

  it.each([0, 5, 32, 33, 47, 48, 400, 1023, 1024, 3000])(
    'a range of %d bytes is copied to its place and nowhere else, out of shared memory too',
    (length) => {
      for (const memory of [new ArrayBuffer(4000), new SharedArrayBuffer(4000)]) {
        const source = new Uint8Array(memory, 7);
        for (let i = 0; i < source.length; i++) source[i] = i % 251;
        for (const room of [new ArrayBuffer(5000), new SharedArrayBuffer(5000)]) {
          const target = new Uint8Array(room, 13, 4000).fill(255);
          for (const from of [3, 8, 501]) {
            copyRange(source, from, from + length, target, 20);
            expect(Buffer.from(target.subarray(20, 20 + length)).compare(source.subarray(from, from + length))).toBe(0);
          }
          expect(target.filter((byte, i) => (i < 20 || i >= 20 + length) && byte !== 255)).toHaveLength(0);
        }
      }
    },
  );

  it('a range is copied from where it is, whichever memory came before', () => {
    const sources = [1, 2, 3].map((byte) => new Uint8Array(new SharedArrayBuffer(100)).fill(byte));
    const targets = [new Uint8Array(100), new Uint8Array(100)];
    for (const source of [...sources, new Uint8Array(100).fill(4), sources[0]!]) {
      for (const target of [...targets, targets[0]!]) {
        target.fill(0);
        copyRange(source, 10, 60, target, 40);
        expect(target).toEqual(Uint8Array.from({ length: 100 }, (_, i) => (i >= 40 && i < 90 ? source[0]! : 0)));
      }
    }
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
