import type { Compression } from '../tree-options.js';
import { BLOCK_TRAILER_BYTES } from './block-format.js';
import { codecWithId } from './codec-table.js';
import type { Table } from './table.js';
import { unpackBlock } from './unpack-block.js';

/** The blocks of a table that are stored in one way. */
export interface StoredBlocks {
  readonly compression: Compression;
  readonly blocks: number;
  /** Of their contents, and of what stands on disk for them. */
  readonly contentBytes: number;
  readonly storedBytes: number;
}

/**
 * How the blocks of a table are stored, by reading all of them past the cache.
 * @throws CoreCacheError `CORRUPTION` with file and offset, `CODEC_MISSING`, or of the file system
 */
export async function storedBlocks(table: Table): Promise<readonly StoredBlocks[]> {
  const { blocks, summary } = table.index;
  const found = new Map<Compression, StoredBlocks>();
  for (let number = 0; number < blocks.blockCount; number++) {
    const position = blocks.positions[number]!;
    const bytes = new Uint8Array(blocks.positions[number + 1]! - position);
    await table.readData(bytes, position);
    const contents = unpackBlock(bytes, table.path, summary.fileNumber, position);
    const storedBytes = bytes.length - BLOCK_TRAILER_BYTES;
    const compression = codecWithId(bytes[storedBytes]!)?.compression ?? 'none';
    const before = found.get(compression);
    found.set(compression, {
      compression,
      blocks: (before?.blocks ?? 0) + 1,
      contentBytes: (before?.contentBytes ?? 0) + (contents?.length ?? storedBytes),
      storedBytes: (before?.storedBytes ?? 0) + bytes.length,
    });
  }
  return [...found.values()];
}
