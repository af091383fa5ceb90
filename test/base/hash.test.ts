import { describe, expect, it } from 'vitest';
import { hashKey, rehash } from '../../src/base/hash.js';

describe('key hash', () => {
  // Known answers of MurmurHash3_x86_32 with seed 0.
  it.each([
    ['', 0],
    ['a', 0x3c2569b2],
    ['ab', 0x9bbfd75f],
    ['abc', 0xb3dd93fa],
    ['abcd', 0x43ed676a],
    ['Hello, world!', 0xc0363e43],
  ])('of %j is the published one', (text, hash) => {
    expect(hashKey(Buffer.from(text))).toBe(hash);
  });

  it('takes a range of a larger buffer', () => {
    expect(hashKey(Buffer.from('xxabcdyy'), 2, 6)).toBe(hashKey(Buffer.from('abcd')));
  });

  it('the second hash is an unsigned 32-bit number that differs from the first', () => {
    for (const hash of [0, 1, 0xffffffff, 0x3c2569b2]) {
      expect(rehash(hash)).not.toBe(hash);
      expect(rehash(hash) >>> 0).toBe(rehash(hash));
    }
  });
});
