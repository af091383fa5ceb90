import { compareRanges } from '../../base/bytes.js';
import { corruption } from '../../base/errors.js';
import { varintLength, writeVarint, type VarintReader } from '../../base/varint.js';
import type { BlockIndex, BlockNote } from './block-index.js';

/**
 * Where the keys of each block but the first begin, so that a range which lies between the keys of two blocks is known to
 * hold nothing without reading either.
 *
 *     block starts = (depth varint, [byte u8])*(block count - 1)
 *
 * The start of a block is the shortest key that is after the last key of the block before and not after its own first:
 * the first `depth - 1` bytes of the separator before it, followed by the byte. Depth 0, which has no byte, is for a block
 * in which the versions of a key go on from the block before.
 */
export function encodeBlockStarts(notes: readonly BlockNote[]): Uint8Array {
  const starts = notes.slice(0, -1).map(({ nextStart }) => nextStart);
  const length = starts.reduce((sum, start) => sum + (start === undefined ? 1 : varintLength(start.length) + 1), 0);
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const start of starts) {
    offset = writeVarint(bytes, offset, start === undefined ? 0 : start.length);
    if (start !== undefined) bytes[offset++] = start.at(-1)!;
  }
  return bytes;
}

/** The starts of a table's blocks, beside the index whose separators they count on. */
export class BlockStarts {
  readonly #blocks: BlockIndex;
  /** Of block i + 1. */
  readonly #depths: Uint32Array;
  readonly #bytes: Uint8Array;

  /** @throws CoreCacheError `CORRUPTION` */
  constructor(reader: VarintReader, blocks: BlockIndex, path: string) {
    const count = blocks.blockCount - 1;
    this.#blocks = blocks;
    this.#depths = new Uint32Array(count);
    this.#bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const depth = reader.varint();
      if (depth === 0) continue;
      if (depth - 1 > blocks.separator(i).length)
        throw corruption(path, reader.offset, 'a start has no such separator');
      this.#depths[i] = depth;
      this.#bytes[i] = reader.byte();
    }
  }

  get byteLength(): number {
    return this.#depths.byteLength + this.#bytes.byteLength;
  }

  /** Negative, zero or positive as the start of the block is before, at or after `key`; negative when it has none. */
  compare(block: number, key: Uint8Array): number {
    const depth = block === 0 ? 0 : this.#depths[block - 1]!;
    if (depth === 0) return -1;
    const shared = depth - 1;
    const separator = this.#blocks.separator(block - 1);
    if (key.length < depth) return compareRanges(separator, 0, shared, key, 0, key.length) || 1;
    const order = compareRanges(separator, 0, shared, key, 0, shared) || this.#bytes[block - 1]! - key[shared]!;
    return order || depth - key.length;
  }
}

/** The shortest key after `last` and not after `next`; `undefined` when they are the same. */
export function startBetween(last: Uint8Array, next: Uint8Array): Uint8Array | undefined {
  let shared = 0;
  while (shared < last.length && last[shared] === next[shared]) shared++;
  return shared === next.length ? undefined : next.subarray(0, shared + 1);
}
