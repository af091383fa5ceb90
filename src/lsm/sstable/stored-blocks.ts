import type { Compression } from '../tree-options.js';
import { BLOCK_TRAILER_BYTES, NO_DIRECTORY, storedDirectoryEnd } from './block/block-format.js';
import { codecWithId } from './codec/codec-table.js';
import { heldPage } from './read/held-page.js';
import type { Table } from './table.js';
import { unpackBlock } from './block/unpack-block.js';

/** The blocks of a table that are stored in one way. */
export interface StoredBlocks {
  readonly compression: Compression;
  readonly blocks: number;
  /** Of them, those with a directory. */
  readonly directories: number;
  /** Of their contents, and of what stands on disk for them. */
  readonly contentBytes: number;
  readonly storedBytes: number;
}

/**
 * How the blocks of a table are stored, by reading all of them past the cache.
 * @throws CoreCacheError `CORRUPTION` with file and offset, `CODEC_MISSING`, or of the file system
 */
export async function storedBlocks(table: Table): Promise<readonly StoredBlocks[]> {
  const { root, summary } = table.index;
  const found = new Map<Compression, StoredBlocks>();
  for (let number = 0; number < root.childCount; number++) {
    const page = await heldPage(table, number);
    try {
      for (let child = 0; child < page.childCount; child++) {
        const position = page.position(child);
        const bytes = new Uint8Array(page.end(child) - position);
        await table.readData(bytes, position);
        note(found, bytes, unpackBlock(bytes, table.path, summary.fileNumber, position));
      }
    } finally {
      page.release();
    }
  }
  return [...found.values()];
}

function note(found: Map<Compression, StoredBlocks>, bytes: Uint8Array, contents: Uint8Array | undefined): void {
  const storedBytes = bytes.length - BLOCK_TRAILER_BYTES;
  const contentBytes = contents?.length ?? storedBytes;
  const compression = codecWithId(bytes[storedBytes]!)?.compression ?? 'none';
  const before = found.get(compression);
  found.set(compression, {
    compression,
    blocks: (before?.blocks ?? 0) + 1,
    directories: (before?.directories ?? 0) + (hasDirectory(contents ?? bytes, contentBytes) ? 1 : 0),
    contentBytes: (before?.contentBytes ?? 0) + contentBytes,
    storedBytes: (before?.storedBytes ?? 0) + bytes.length,
  });
}

function hasDirectory(contents: Uint8Array, end: number): boolean {
  return storedDirectoryEnd(contents, end) !== NO_DIRECTORY;
}
