import { basename, dirname } from 'node:path';
import { CoreCacheError } from '../../base/errors.js';
import { parseFileName } from '../../base/file-names.js';
import type { FileSystem } from '../../env/file-system.js';
import { BlockCache } from '../../lsm/cache/block-cache.js';
import { NEVER_EXPIRES, Operation, ValuePlace, type Entry } from '../../lsm/entry.js';
import { CursorState } from '../../lsm/iterator/cursor.js';
import { heldPage } from '../../lsm/sstable/read/held-page.js';
import { storedBlocks } from '../../lsm/sstable/stored-blocks.js';
import { Table } from '../../lsm/sstable/table.js';
import { referenceOf } from '../../lsm/value-file/value-reference.js';
import { verifyTable } from '../../lsm/sstable/verify-table.js';
import { shownBytes, type Finding } from './finding.js';

/** Blocks are read once: room for a few is enough. */
const CACHE_BYTES = 1024 * 1024;

/**
 * A table: what its index says, every entry when asked for, how its blocks are stored, and whether all of it is in
 * order.
 * @param path of its data file or its index file; both must be there
 * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`; `INVALID_ARGUMENT` for another file
 */
export async function* inspectTable(
  fileSystem: FileSystem,
  path: string,
  showEntries: boolean,
): AsyncGenerator<Finding> {
  const name = parseFileName(basename(path));
  if (name?.kind !== 'data' && name?.kind !== 'index') {
    throw new CoreCacheError(
      'INVALID_ARGUMENT',
      `${path} is not named like a table, such as 000012.data or 000012.index`,
    );
  }
  const table = await Table.open(fileSystem, dirname(path), name.number, new BlockCache(CACHE_BYTES));
  try {
    const { summary, root, blockCount, byteLength } = table.index;
    yield {
      type: 'table',
      ...summary,
      firstKey: shownBytes(summary.firstKey),
      lastKey: shownBytes(summary.lastKey),
      indexBytes: byteLength,
      indexPages: root.childCount,
      blocks: blockCount,
      filterBits: await filterBits(table),
    };
    if (showEntries) yield* entriesOf(table);
    for (const { contentBytes, storedBytes, ...stored } of await storedBlocks(table)) {
      yield {
        type: 'blocks',
        ...stored,
        contentBytes,
        storedBytes,
        ratio: Number((storedBytes / contentBytes).toFixed(3)),
      };
    }
    yield { type: 'verified', entries: await verifyTable(table) };
  } finally {
    table.closeSync();
  }
}

async function filterBits(table: Table): Promise<number> {
  let bits = 0;
  for (let number = 0; number < table.index.root.childCount; number++) {
    const page = await heldPage(table, number);
    bits += page.filterBits;
    page.release();
  }
  return bits;
}

/** How long the value is, or where it is. */
function valueOf(entry: Entry): Omit<Finding, 'type'> {
  if (entry.operation !== Operation.put) return {};
  if (entry.valuePlace !== ValuePlace.separate) return { valueBytes: entry.valueEnd - entry.valueStart };
  const { fileNumber, position, recordBytes } = referenceOf(entry);
  return { valueFile: fileNumber, position, recordBytes };
}

async function* entriesOf(table: Table): AsyncGenerator<Finding> {
  const cursor = table.cursor();
  try {
    cursor.seekToFirst();
    for (;;) {
      if (cursor.state === CursorState.unloaded) await cursor.load();
      if (cursor.state !== CursorState.ready) return;
      const { entry } = cursor;
      yield {
        type: entry.operation === Operation.put ? 'put' : 'delete',
        key: shownBytes(entry.keyBytes.subarray(entry.keyStart, entry.keyEnd)),
        epoch: entry.epoch,
        sequence: entry.sequence,
        ...valueOf(entry),
        writtenAt: entry.writtenAtMs,
        expiresAt: entry.expiresAtMs === NEVER_EXPIRES ? undefined : entry.expiresAtMs,
        contentType: entry.contentType === '' ? undefined : entry.contentType,
      };
      cursor.next();
    }
  } finally {
    cursor.close();
  }
}
