import { createRequire } from 'node:module';
import type bitSet from 'bloom-filters/dist/bloom/bit-set.js';
import { rehash } from '../../../base/hash.js';

/** The package as a whole is 184 modules, which each thread would load before its first job. */
const { default: BitSet } = createRequire(import.meta.url)('bloom-filters/dist/bloom/bit-set.js') as typeof bitSet;

/**
 * Bloom filters: the bits of the `bloom-filters` package, set and read here. The package hashes an element twice over in
 * 64-bit arithmetic, 15 µs and more; both numbers here come from the 32-bit key hash that the caller has at hand. Bit i of
 * a key (Kirsch and Mitzenmacher, double hashing) is
 *
 *     (hash + i * rehash(hash) modulo 2^32) modulo the number of bits
 *
 * and is kept in byte bit >> 3 under mask 1 << (bit & 7), as the package keeps it. Both functions here go to the bits
 * directly: measured against the package's `add` and `has` that takes about half of the time. Tests hold them to the
 * same bits and the same answers.
 */
export const KEY_HASH_ID = 1;

export interface BloomBits {
  readonly probes: number;
  readonly bitCount: number;
  readonly bits: Uint8Array;
}

const BITS_MIN = 64;
const PROBES_MAX = 30;

/** A filter over the keys with these hashes. `bitsPerKey` is 1 or more. */
export function makeBloomBits(hashes: Uint32Array, bitsPerKey: number): BloomBits {
  const bitCount = Math.max(BITS_MIN, Math.ceil((hashes.length * bitsPerKey) / 8) * 8);
  const probes = Math.min(PROBES_MAX, Math.max(1, Math.round(bitsPerKey * Math.LN2)));
  // Of the package the bits alone: its filter seeds a generator of random numbers, which takes longer than a page has.
  const bits = new BitSet(bitCount).array;
  const count = hashes.length;
  for (let i = 0; i < count; i++) addHash(bits, bitCount, probes, hashes[i]!);
  return { probes, bitCount, bits };
}

/**
 * A function of its own: as a loop within a loop V8 compiled it for each filter anew, and threw that away at its end. The
 * inverse is computed for each key: handed over, a fraction is an object for each call.
 */
function addHash(bits: Uint8Array, bitCount: number, probes: number, hash: number): void {
  const step = rehash(hash);
  const inverse = 1 / bitCount;
  for (let i = 0, at = hash >>> 0; i < probes; i++) {
    const bit = remainder(at, bitCount, inverse);
    bits[bit >>> 3]! |= 1 << (bit & 7);
    at = (at + step) >>> 0;
  }
}

/**
 * False: no key with this hash is in the set. True: there may be one. The bits are those that begin with the byte at
 * `start`: a filter is read where it lies, among other things.
 */
export function mayContain(bytes: Uint8Array, start: number, bitCount: number, probes: number, hash: number): boolean {
  const step = rehash(hash);
  const inverse = 1 / bitCount;
  for (let i = 0, at = hash >>> 0; i < probes; i++) {
    const bit = remainder(at, bitCount, inverse);
    if ((bytes[start + (bit >>> 3)]! & (1 << (bit & 7))) === 0) return false;
    at = (at + step) >>> 0;
  }
  return true;
}

/** Reads the bytes that `mayContain` looks at, and makes nothing of them. */
export function touchBits(bytes: Uint8Array, start: number, bitCount: number, probes: number, hash: number): number {
  const step = rehash(hash);
  const inverse = 1 / bitCount;
  let touched = 0;
  for (let i = 0, at = hash >>> 0; i < probes; i++) {
    touched |= bytes[start + (remainder(at, bitCount, inverse) >>> 3)]!;
    at = (at + step) >>> 0;
  }
  return touched;
}

/**
 * `a` modulo `n`, both below 2^32, with `inverse` = 1 / n. A division takes as long as several multiplications, and the
 * next one waits for it: seven bits that lie in the processor's cache are looked at in 24 ns, with `%` in 59.
 *
 * It is exact: (a + 1/2) / n is half of 1 / n or more away from a whole number, and rounding moves it by less than
 * 2^-19 / n.
 */
function remainder(a: number, n: number, inverse: number): number {
  return a - Math.floor((a + 0.5) * inverse) * n;
}
