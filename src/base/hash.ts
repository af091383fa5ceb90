/**
 * The 32-bit key hash of memtables and Bloom filters: MurmurHash3_x86_32 (Austin Appleby, public domain) with seed 0,
 * byte order little-endian. It is on disk (Bloom filters name it as hash id 1), so it never changes.
 */
export function hashKey(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let h = 0;
  let i = start;
  for (const wordsEnd = end - ((end - start) & 3); i < wordsEnd; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    k = Math.imul(k, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  if (i < end) {
    let tail = 0;
    for (let last = end - 1; last >= i; last--) tail = (tail << 8) | bytes[last]!;
    tail = Math.imul(tail, 0xcc9e2d51);
    tail = (tail << 15) | (tail >>> 17);
    h ^= Math.imul(tail, 0x1b873593);
  }
  return finalize(h ^ (end - start));
}

/** A second hash, independent enough for double hashing, from the first (the murmur finalizer over a shifted value). */
export function rehash(hash: number): number {
  return finalize((hash + 0x9e3779b9) | 0);
}

function finalize(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}
