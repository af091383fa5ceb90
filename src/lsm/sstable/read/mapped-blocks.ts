import { corruption } from '../../../base/errors.js';
import { NO_SLOTS } from '../../cache/pooled-entry.js';
import { Block } from '../block/block.js';
import { entriesEndOf } from '../block/block-directory.js';
import { BLOCK_TRAILER_BYTES, NO_DIRECTORY, storedDirectoryEnd } from '../block/block-format.js';
import { unpackBlock } from '../block/unpack-block.js';

/** What is known of a block. */
const UNKNOWN = 0;
/** Checked; to be read as it lies. */
const PLAIN = 1;
/** The same, and it has a directory: a look for a key takes nothing else. */
const DIRECTED = 2;
/** Compressed: it is checked again each time that it is unpacked. */
const PACKED = 3;

/** The blocks of a mapped data file: each is checked once, and then looked at where it lies. A byte is kept of it. */
export class MappedBlocks {
  readonly #path: string;
  readonly #fileNumber: number;
  readonly #blockCount: number;
  /** Made when the first is looked at. */
  #states = new Uint8Array(0);

  constructor(path: string, fileNumber: number, blockCount: number) {
    this.#path = path;
    this.#fileNumber = fileNumber;
    this.#blockCount = blockCount;
  }

  isUnknown(number: number): boolean {
    return this.#states.length === 0 || this.#states[number] === UNKNOWN;
  }

  isDirected(number: number): boolean {
    return this.#states[number] === DIRECTED;
  }

  /** It was checked, and is not compressed. */
  isInPlace(number: number): boolean {
    const state = this.#states[number];
    return state === PLAIN || state === DIRECTED;
  }

  /**
   * Checks the block that lies from `position` to `end` of the file.
   * @returns its contents when it is compressed
   * @throws CoreCacheError `CORRUPTION`, and as `unpackBlock`
   */
  check(mapped: Uint8Array, number: number, position: number, end: number): Uint8Array | undefined {
    if (this.#states.length === 0) this.#states = new Uint8Array(this.#blockCount);
    if (end > mapped.length) throw corruption(this.#path, position, 'file ends within a block');
    const stored = mapped.subarray(position, end);
    const unpacked = unpackBlock(stored, this.#path, this.#fileNumber, position);
    if (unpacked !== undefined) this.#states[number] = PACKED;
    else {
      const contentsEnd = stored.length - BLOCK_TRAILER_BYTES;
      entriesEndOf(stored, contentsEnd, this.#path, position);
      this.#states[number] = storedDirectoryEnd(stored, contentsEnd) === NO_DIRECTORY ? PLAIN : DIRECTED;
    }
    return unpacked;
  }

  /** A block that is in place, for one who looks at it alone. There is no memory behind its contents to write to. */
  block(mapped: Uint8Array, number: number, position: number, end: number): Block {
    const contents = mapped.subarray(position, end - BLOCK_TRAILER_BYTES);
    return new Block(contents, contents.length, NO_SLOTS, number, this.#path, position);
  }
}
