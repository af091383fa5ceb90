import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { crc32, endsInChecksum } from '../../src/base/checksum.js';

function withChecksum(bytes: Uint8Array, seed: number): Uint8Array {
  const sealed = Buffer.alloc(bytes.length + 4);
  sealed.set(bytes);
  sealed.writeUInt32LE(crc32(bytes, seed), bytes.length);
  return sealed;
}

describe('a checksum', () => {
  it('is that of zlib', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  });

  it.each([0, 1, 0xffffffff, 0x9e3779b1])('at the end of what it is of is found there, from seed %i', (seed) => {
    for (const length of [1, 3, 4, 5, 4096]) {
      const sealed = withChecksum(randomBytes(length), seed);
      expect(endsInChecksum(sealed, seed)).toBe(true);
      expect(endsInChecksum(sealed, (seed ^ 0x100) >>> 0)).toBe(false);
    }
  });

  it('does not hold when one bit of either is another', () => {
    const sealed = withChecksum(randomBytes(20), 7);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Uint8Array.from(sealed);
      changed[bit >>> 3] = changed[bit >>> 3]! ^ (1 << (bit & 7));
      expect(endsInChecksum(changed, 7)).toBe(false);
    }
  });

  it('is not at the end of what is shorter than it', () => {
    for (let length = 0; length < 4; length++) expect(endsInChecksum(new Uint8Array(length))).toBe(false);
  });
});
