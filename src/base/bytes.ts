/** Bytewise order, the order of keys everywhere: negative, zero or positive as `a` is before, equal to or after `b`. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return compareRanges(a, 0, a.length, b, 0, b.length);
}

/**
 * Bytewise order of two ranges. A loop in V8 beats a call into `Buffer.compare` for keys of ordinary length.
 */
export function compareRanges(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const aLength = aEnd - aStart;
  const bLength = bEnd - bStart;
  const shorter = aLength < bLength ? aLength : bLength;
  for (let i = 0; i < shorter; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && compareRanges(bytes, 0, prefix.length, prefix, 0, prefix.length) === 0;
}

/** The smallest key that is after every key with this prefix; `undefined` when there is none (the prefix is all 0xff). */
export function prefixEnd(prefix: Uint8Array): Uint8Array | undefined {
  for (let last = prefix.length - 1; last >= 0; last--) {
    if (prefix[last]! < 0xff) {
      // Not `slice`: a Buffer's does not copy, and the caller's prefix would be changed.
      const end = Uint8Array.from(prefix.subarray(0, last + 1));
      end[last] = end[last]! + 1;
      return end;
    }
  }
  return undefined;
}

/**
 * A copy of a range in memory of its own, safe to hand to a caller. Taken from Node's buffer pool, which costs a
 * tenth of a fresh `ArrayBuffer` for small values.
 */
export function copyOf(source: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  const copy = Buffer.allocUnsafe(length);
  if (length <= 32) {
    for (let i = 0; i < length; i++) copy[i] = source[start + i]!;
  } else {
    copy.set(start === 0 && end === source.length ? source : source.subarray(start, end));
  }
  return copy;
}

const EMPTY = new Uint8Array(0);
export function emptyBytes(): Uint8Array {
  return EMPTY;
}
