const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * How blocks are made smaller: not at all; at little cost (Snappy); or by about a third more, at several times the cost
 * (DEFLATE). Each block says how it is stored, so it may be another way at each opening.
 */
export const compressions = ['none', 'fast', 'small'] as const;
export type Compression = (typeof compressions)[number];

/** How one tree behaves. All fields have defaults (`defaultTreeOptions`); sizes are bytes, times milliseconds. */
export interface TreeOptions {
  /** A memtable is sealed and flushed when it holds this many bytes. */
  readonly memtableBytesMax: number;
  /** … or this many records; 0 for no limit. */
  readonly memtableRecordsMax: number;
  /** … or when its oldest record is this old; 0 for no limit. */
  readonly memtableAgeMsMax: number;
  /** Ask the system for the memory of memtables in huge pages; done on Linux. */
  readonly hugePages: boolean;
  /** Target size of a data block before compression. */
  readonly blockBytes: number;
  /** How new blocks are compressed. */
  readonly compression: Compression;
  /** Entries between two restart points of a block. */
  readonly blockRestartInterval: number;
  /**
   * Bloom filter bits for each key, on an average over the tree: the smaller a level, the more. 0 for no filter. 10
   * give about 1 % false positives.
   */
  readonly bloomBitsPerKey: number;
  /**
   * Data blocks that one page of a table's index covers, with their filter. 64 ordinary ones are 256 KiB of data, and
   * their page about as large as a block. With fewer, more of each index stays in memory as long as the table is open;
   * with more, a page takes more of the cache for each read, wherever its key is.
   */
  readonly indexPageBlocks: number;
  /** A new table, or value file, is started at this size. */
  readonly tableBytesMax: number;
  /**
   * Values of this size and more are kept in value files, uncompressed, and tables only refer to them; 0: all values
   * are in tables. From about 10 KB on all work costs less; smaller ones are written for less, and scanned for more.
   */
  readonly separatedValueBytesMin: number;
  /** Level-0 tables that start a compaction. */
  readonly level0TablesCompact: number;
  /** Level-0 tables at which writes begin to be delayed. */
  readonly level0TablesSlow: number;
  /** Level-0 tables at which writes wait. */
  readonly level0TablesStop: number;
  /** Full memtables at which writes wait: the sealed ones, and the active one by how full it is once one is sealed. */
  readonly sealedMemtablesMax: number;
  /** Least size of the first level below level 0 that holds data. */
  readonly levelBytesBase: number;
  /** How many times larger each level is than the one above. */
  readonly levelRatio: number;
  /** Bytes waiting for compaction at which writes begin to be delayed. */
  readonly pendingBytesSlow: number;
  /** Bytes waiting for compaction at which writes wait. */
  readonly pendingBytesStop: number;
  /**
   * Writes have paused when for so long hardly any came: then a memtable that is half full is flushed, and level 0 is
   * brought down, if what is above the last level is more than its share. 0 for never.
   */
  readonly settleAfterMs: number;
  /** Most bytes a second that compaction writes; 0 for no limit. */
  readonly compactionBytesPerSecondMax: number;
}

export const defaultTreeOptions: TreeOptions = {
  memtableBytesMax: 32 * MIB,
  memtableRecordsMax: 0,
  memtableAgeMsMax: 0,
  hugePages: true,
  blockBytes: 4 * KIB,
  compression: 'none',
  blockRestartInterval: 16,
  bloomBitsPerKey: 10,
  indexPageBlocks: 64,
  tableBytesMax: 16 * MIB,
  separatedValueBytesMin: 8 * KIB,
  level0TablesCompact: 6,
  level0TablesSlow: 12,
  level0TablesStop: 24,
  sealedMemtablesMax: 3,
  levelBytesBase: 256 * MIB,
  levelRatio: 10,
  pendingBytesSlow: 2048 * MIB,
  pendingBytesStop: 8192 * MIB,
  settleAfterMs: 500,
  compactionBytesPerSecondMax: 0,
};
