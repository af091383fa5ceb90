import { Entry } from '../entry.js';
import { BlockSearch, type Block } from './block.js';
import { FindState } from './find-state.js';
import type { Table } from './table.js';

/**
 * The look for one key in one table after another. It stops at a block that has to be loaded, and goes on from there once
 * the caller has it.
 *
 * What it finds stands in `entry`, whose value lies in the block: it is to be copied out before anything else is read.
 */
export class TableSearch {
  readonly entry = new Entry();
  #key: Uint8Array = NO_KEY;
  #hash = 0;
  #atSequence = 0;
  #table: Table | undefined = undefined;
  #blockNumber = 0;

  /** What all tables are asked for: the newest version of `key` at or below `atSequence`. `hash` is `hashKey(key)`. */
  ask(key: Uint8Array, hash: number, atSequence: number): void {
    this.#key = key;
    this.#hash = hash;
    this.#atSequence = atSequence;
  }

  get key(): Uint8Array {
    return this.#key;
  }

  get hash(): number {
    return this.#hash;
  }

  get atSequence(): number {
    return this.#atSequence;
  }

  /** The block to go on with, when `unloaded`. */
  get blockNumber(): number {
    return this.#blockNumber;
  }

  /** Looks into a table, as far as that needs no waiting. Tombstones are versions too. */
  begin(table: Table): FindState {
    if (!table.mayContain(this.#hash)) return FindState.absent;
    this.#table = table;
    this.#blockNumber = table.index.blocks.find(this.#key);
    if (this.#blockNumber === table.blockCount) return FindState.absent;
    const block = this.#blockNow(table);
    return block === undefined ? FindState.unloaded : this.resume(block);
  }

  /** Goes on with the block of `blockNumber`. @throws CoreCacheError `CORRUPTION` */
  resume(loaded: Block): FindState {
    const table = this.#table!;
    let block: Block | undefined = loaded;
    for (;;) {
      const search = block.find(this.#key, this.#atSequence, table.coder, this.entry);
      if (search !== BlockSearch.continues) return search;
      if (++this.#blockNumber === table.blockCount) return FindState.absent;
      block = this.#blockNow(table);
      if (block === undefined) return FindState.unloaded;
    }
  }

  #blockNow(table: Table): Block | undefined {
    const cached = table.cachedBlock(this.#blockNumber);
    if (cached !== undefined) return cached;
    const block = table.readNow(this.#blockNumber, 0);
    // What it holds is good until something else is read.
    block?.release();
    return block;
  }
}

const NO_KEY = new Uint8Array(0);
