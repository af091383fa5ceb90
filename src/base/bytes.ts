import { pairOf } from './pair-of.js';

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

/**
 * From the end, for keys that meet in a walk are neighbours: the same but for their last bytes.
 */
export function equalRanges(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  let left = aEnd - aStart;
  if (left !== bEnd - bStart) return false;
  while (left > 0 && a[aStart + left - 1] === b[bStart + left - 1]) left--;
  return left === 0;
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
 * Copies a range to `at` of `target`. Not by `subarray`: that of a `Buffer` takes several times as long as what it is for.
 */
export function copyRange(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  if (end - start > LOOP_BYTES_MAX) {
    if (source !== lastSource) noteSource(source);
    target.set(new Uint8Array(lastMemory, lastOffset + start, end - start), at);
  } else for (let i = start; i < end; i++) target[at++] = source[i]!;
}

/**
 * Where the source of the last copy lies: copies come many in a row from one block or memtable, and to ask an array for
 * its memory costs as much as to make a view of it.
 */
let lastSource: Uint8Array = Buffer.allocUnsafeSlow(0);
let lastMemory: ArrayBufferLike = lastSource.buffer;
let lastOffset = 0;

function noteSource(source: Uint8Array): void {
  lastSource = source;
  lastMemory = source.buffer;
  lastOffset = source.byteOffset;
}

/** Up to here a loop copies faster than making the view that `set` takes. */
const LOOP_BYTES_MAX = 32;

/** Room for a hundred small copies: making a piece takes as long as copying ten. */
const PIECE_BYTES = 16 * 1024;
/** A longer copy would waste what is left of a piece, and gets memory of its own. */
const SHARED_BYTES_MAX = PIECE_BYTES / 8;
/** The class of every `Buffer`: made directly, a view costs half of one made by `subarray`, which checks its bounds anew. */
const View = (Buffer as unknown as { readonly [Symbol.species]: Uint8ArrayConstructor })[Symbol.species];

let piece = Buffer.allocUnsafeSlow(0);
let pieceMemory = piece.buffer;
let pieceEnd = 0;

/**
 * A copy of a range, safe to hand to a caller: nobody writes to it again. Small ones share a piece of memory, as those of
 * Node's own pool do, which costs a tenth of a fresh `ArrayBuffer` for each; a copy keeps its whole piece alive.
 */
export function copyOf(source: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length > SHARED_BYTES_MAX) {
    const copy = Buffer.allocUnsafeSlow(length);
    copyRange(source, start, end, copy, 0);
    return copy;
  }
  const at = takePiece(length);
  copyRange(source, start, end, piece, at);
  return new View(pieceMemory, at, length);
}

/** Two copies side by side, for less than one after the other. */
export function copyOfPair(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): [Uint8Array, Uint8Array] {
  const aLength = aEnd - aStart;
  const bLength = bEnd - bStart;
  if (aLength + bLength > SHARED_BYTES_MAX) return pairOf(copyOf(a, aStart, aEnd), copyOf(b, bStart, bEnd));
  const at = takePiece(aLength + bLength);
  const into = piece;
  copyRange(a, aStart, aEnd, into, at);
  copyRange(b, bStart, bEnd, into, at + aLength);
  return pairOf(new View(pieceMemory, at, aLength), new View(pieceMemory, at + aLength, bLength));
}

/** A view of a range, not a copy. Not by `subarray`: that of a `Buffer` takes several times as long. */
export function viewOf(source: Uint8Array, start: number, end: number): Uint8Array {
  if (source !== lastSource) noteSource(source);
  return new View(lastMemory, lastOffset + start, end - start);
}

/** Where in `piece` there is room. */
function takePiece(length: number): number {
  let at = pieceEnd;
  if (at + length > piece.length) {
    piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    pieceMemory = piece.buffer;
    at = 0;
  }
  pieceEnd = at + length;
  return at;
}

const EMPTY = new Uint8Array(0);
export function emptyBytes(): Uint8Array {
  return EMPTY;
}
