export interface BlockCacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly bytes: number;
  readonly bytesMax: number;
}

/** Shared by all trees of a process. Blocks, and the indexes and filters of open tables, count. */
export declare class BlockCache {
  constructor(bytesMax: number);
  stats(): BlockCacheStats;
}
