import type { PieceSlots, PooledEntry } from '../../cache/pooled-entry.js';
import { Block } from './block.js';

/** As many as may leave a cache before the next one comes: a run that is read ahead pushes out so many at most. */
const SPARE_MAX = 32;
/** A spare one refers to the memory that it had last. Larger blocks are few. */
const SPARE_BYTES_MAX = 16 * 1024;

/**
 * Blocks that have left the cache, to become the next that go in. In a full cache one leaves for each that comes, after a
 * life long enough for V8 to have put it among its old objects; there a dead one lies until all old objects are gone
 * through, which takes V8 until they are several times as many as are alive. Reads that miss would leave tens of MiB there.
 *
 * A block may be looked at after it was freed, as its memory may, until the next block is read.
 */
export class SpareBlocks {
  readonly #spare: Block[] = [];

  /** A block as `new Block` makes it. @throws CoreCacheError `CORRUPTION` */
  make(
    bytes: Uint8Array,
    length: number,
    slots: PieceSlots<PooledEntry>,
    number: number,
    path: string,
    position: number,
  ): Block {
    const spare = this.#spare.pop();
    if (spare === undefined) return new Block(bytes, length, slots, number, path, position);
    spare.become(bytes, length, slots, number, path, position);
    return spare;
  }

  /** It was freed. */
  give(block: Block): void {
    if (this.#spare.length < SPARE_MAX && block.bytes.length <= SPARE_BYTES_MAX) this.#spare.push(block);
  }
}

/** Of this thread. */
export const spareBlocks = new SpareBlocks();
