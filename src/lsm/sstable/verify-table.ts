import { compareRanges } from '../../base/bytes.js';
import { corruption } from '../../base/errors.js';
import { hashKey } from '../../base/hash.js';
import { Entry, Operation } from '../entry.js';
import { copyKey } from '../iterator/copy-entry.js';
import { CursorState, type Cursor } from '../iterator/cursor.js';
import { checkDataHeader, DATA_HEADER_BYTES } from './file-frame.js';
import type { ValueCheck } from '../value-file/verify-values.js';
import { Block } from './block/block.js';
import { BLOCK_TRAILER_BYTES } from './block/block-format.js';
import { unpackBlock } from './block/unpack-block.js';
import { NO_SLOTS } from '../cache/pooled-entry.js';
import type { BlockRun, TableSource } from './read/table-source.js';
import type { IndexPage } from './index/index-page.js';
import { heldPage } from './read/held-page.js';
import { TableCursor } from './read/table-cursor.js';
import type { Table } from './table.js';

/**
 * Reads a whole table and holds it against what its index says: header, checksums, order, counts, ranges, and that
 * every key is found by its page, whose filter and starts of blocks let it pass, and by the directory of its block; with
 * `values` also that every value it refers to is there.
 *
 * @returns the number of entries
 * @throws CoreCacheError `CORRUPTION` with file and, where one is known, offset; or of the file system
 */
export async function verifyTable(table: Table, values?: ValueCheck): Promise<number> {
  const { summary } = table.index;
  const header = new Uint8Array(DATA_HEADER_BYTES);
  await table.readData(header, 0);
  checkDataHeader(header, summary.fileNumber, table.path);

  const wrong = (what: string): Error => corruption(table.path, undefined, what);
  const found = { entryCount: 0, tombstoneCount: 0, rawBytes: 0, minSequence: Infinity, maxSequence: 0 };
  const last = new Entry();
  const cursor = new TableCursor(fromTheFile(table));
  const pages = new PageWalk(table);
  try {
    cursor.seekToFirst();
    while (await hasEntry(cursor)) {
      const { entry } = cursor;
      const { keyBytes, keyStart, keyEnd, sequence } = entry;
      if (found.entryCount === 0) {
        if (compareKeys(entry, summary.firstKey) !== 0) throw wrong('first key is not the one in the index');
      } else {
        const order = compareRanges(keyBytes, keyStart, keyEnd, last.keyBytes, last.keyStart, last.keyEnd);
        if (order < 0 || (order === 0 && sequence >= last.sequence)) throw wrong('entries are out of order');
      }
      const key = keyBytes.subarray(keyStart, keyEnd);
      const page = await pages.pageOf(key);
      if (page === undefined) throw wrong('a key is after all that the index knows');
      if (!page.mayContain(hashKey(keyBytes, keyStart, keyEnd))) throw wrong('filter denies a key that is there');
      if (pages.compareStart(key) > 0) throw wrong('a block starts after a key that is in it');
      found.entryCount++;
      if (entry.operation === Operation.delete) found.tombstoneCount++;
      found.rawBytes += keyEnd - keyStart + entry.valueEnd - entry.valueStart;
      found.minSequence = Math.min(found.minSequence, sequence);
      found.maxSequence = Math.max(found.maxSequence, sequence);
      copyKey(entry, last);
      await values?.check(entry);
      last.sequence = sequence;
      cursor.next();
    }
  } finally {
    pages.close();
    cursor.close();
  }
  if (compareKeys(last, summary.lastKey) !== 0) throw wrong('last key is not the one in the index');
  for (const name of ['entryCount', 'tombstoneCount', 'rawBytes', 'minSequence', 'maxSequence'] as const) {
    if (found[name] !== summary[name]) throw wrong(`${name} is ${found[name]}, the index says ${summary[name]}`);
  }
  values?.finish(table.path);
  return found.entryCount;
}

async function hasEntry(cursor: Cursor): Promise<boolean> {
  if (cursor.state === CursorState.unloaded) await cursor.load();
  return cursor.state === CursorState.ready;
}

function compareKeys(entry: Entry, key: Uint8Array): number {
  return compareRanges(entry.keyBytes, entry.keyStart, entry.keyEnd, key, 0, key.length);
}

/** The pages that keys are found by, one after the other as the keys rise. */
class PageWalk {
  readonly #table: Table;
  #number = -1;
  #page: IndexPage | undefined = undefined;

  constructor(table: Table) {
    this.#table = table;
  }

  async pageOf(key: Uint8Array): Promise<IndexPage | undefined> {
    const { root } = this.#table.index;
    const number = root.find(key);
    if (number === this.#number) return this.#page;
    this.close();
    if (number === root.childCount) return undefined;
    this.#page = await heldPage(this.#table, number);
    this.#number = number;
    return this.#page;
  }

  /** Holds the start of the block where the key is found against the key, which is in the page. */
  compareStart(key: Uint8Array): number {
    const child = this.#page!.find(key);
    return child === 0 ? this.#table.index.root.compareStart(this.#number, key) : this.#page!.compareStart(child, key);
  }

  close(): void {
    this.#page?.release();
    this.#page = undefined;
    this.#number = -1;
  }
}

/**
 * A table whose blocks are read from the file, whatever the cache and a mapping have of them: these were checked once. With
 * a turn of the event loop for every read, as checking what was read is work enough for one.
 */
function fromTheFile(table: Table): TableSource {
  const { index, coder, blockCount, pages, blocks } = table;
  return {
    index,
    coder,
    blockCount,
    pages: {
      cached: (number) => pages.cached(number),
      readNow: () => undefined,
      load: (number, waiter) => pages.load(number, waiter),
      readSync: (number) => pages.readSync(number),
    },
    blocks: {
      cached: () => undefined,
      run: (page, number) => blocks.run(page, number, 0),
      readNow: () => undefined,
      passingRun: () => undefined,
      load: (run, waiter) => {
        readBlock(table, run).then(
          (block) => waiter.loaded(block),
          (error: unknown) => waiter.failed(error),
        );
      },
      readSync: (run) => blocks.readSync(run),
      walked: () => undefined,
    },
  };
}

/** One block. @throws CoreCacheError `CORRUPTION`, or of the file system */
async function readBlock(table: Table, { number, position, length }: BlockRun): Promise<Block> {
  const bytes = new Uint8Array(length);
  await table.readData(bytes, position);
  const unpacked = unpackBlock(bytes, table.path, table.index.summary.fileNumber, position);
  const contentBytes = unpacked?.length ?? length - BLOCK_TRAILER_BYTES;
  const block = new Block(unpacked ?? bytes, contentBytes, NO_SLOTS, number, table.path, position);
  if (block.hasDirectory && !block.hasSoundDirectory(table.coder)) {
    throw corruption(table.path, position, 'the directory of the block does not lead to its entries');
  }
  return block;
}
