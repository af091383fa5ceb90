import { compareRanges } from '../../base/bytes.js';
import { corruption } from '../../base/errors.js';
import { hashKey } from '../../base/hash.js';
import { Entry, Operation } from '../entry.js';
import { copyKey } from '../iterator/copy-entry.js';
import { CursorState, type Cursor } from '../iterator/cursor.js';
import { mayContain } from './bloom-filter.js';
import { checkDataHeader, DATA_HEADER_BYTES } from './file-frame.js';
import type { ValueCheck } from '../value-file/verify-values.js';
import type { Block } from './block.js';
import type { BlockSource, BlockWaiter } from './block-source.js';
import type { EntryCoder } from './entry-coder.js';
import type { TableIndex } from './index-file.js';
import { TableCursor } from './table-cursor.js';
import type { Table } from './table.js';

/**
 * Reads a whole table and holds it against what its index says: header, checksums, order, counts, ranges, and that the
 * filter and the starts of blocks let every key pass; with `values` also that every value it refers to is there.
 *
 * @returns the number of entries
 * @throws CoreCacheError `CORRUPTION` with file and, where one is known, offset; or of the file system
 */
export async function verifyTable(table: Table, values?: ValueCheck): Promise<number> {
  const { summary, blocks, blockStarts, filter } = table.index;
  const header = new Uint8Array(DATA_HEADER_BYTES);
  await table.readData(header, 0);
  checkDataHeader(header, summary.fileNumber, table.path);

  const wrong = (what: string): Error => corruption(table.path, undefined, what);
  const found = { entryCount: 0, tombstoneCount: 0, rawBytes: 0, minSequence: Infinity, maxSequence: 0 };
  const last = new Entry();
  const cursor = new TableCursor(new LoadedBlocks(table));
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
      if (filter !== undefined && !mayContain(filter, hashKey(keyBytes, keyStart, keyEnd))) {
        throw wrong('filter denies a key that is there');
      }
      const key = keyBytes.subarray(keyStart, keyEnd);
      if (blockStarts !== undefined && blockStarts.compare(blocks.find(key), key) > 0) {
        throw wrong('a block starts after a key that is in it');
      }
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

/** The blocks of a table, with a turn of the event loop for every read: checking them is work enough for one. */
class LoadedBlocks implements BlockSource {
  readonly index: TableIndex;
  readonly coder: EntryCoder;
  readonly blockCount: number;
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
    this.index = table.index;
    this.coder = table.coder;
    this.blockCount = table.blockCount;
  }

  cachedBlock(number: number): Block | undefined {
    return this.#table.cachedBlock(number);
  }

  readNow(): undefined {
    return undefined;
  }

  load(number: number, readAhead: number, waiter: BlockWaiter): void {
    this.#table.load(number, readAhead, waiter);
  }

  blockSync(number: number): Block {
    return this.#table.blockSync(number);
  }
}
