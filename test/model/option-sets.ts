import type { DatabaseOptions } from '../../src/store/database-options.js';

/** A way to set up a database, and how many seeds it gets. */
export interface OptionSet {
  readonly name: string;
  readonly seeds: number;
  readonly options: Partial<DatabaseOptions>;
  /** On real files in a temporary directory, with worker threads; otherwise in memory, inline. */
  readonly realFiles?: boolean;
  /** Every other time that a file in memory is asked, it answers at once. */
  readonly someAnswersAtOnce?: boolean;
}

const tiny: Partial<DatabaseOptions> = {
  memtableBytesMax: 16 * 1024,
  memtableRecordsMax: 40,
  blockBytes: 256,
  indexPageBlocks: 2,
  tableBytesMax: 2048,
  levelBytesBase: 4096,
  levelRatio: 4,
  level0TablesCompact: 2,
  level0TablesSlow: 50,
  level0TablesStop: 60,
  settleAfterMs: 1,
  logSegmentBytesMax: 4096,
  cacheBytesMax: 64 * 1024,
};

export const optionSets: readonly OptionSet[] = [
  { name: 'tiny everything', seeds: 60, options: tiny },
  { name: 'a flush every five records', seeds: 25, options: { ...tiny, memtableRecordsMax: 5 } },
  {
    name: 'no Bloom filter, every entry a restart',
    seeds: 30,
    options: { ...tiny, bloomBitsPerKey: 0, blockRestartInterval: 1 },
  },
  { name: 'blocks of one entry', seeds: 25, options: { ...tiny, blockBytes: 1, bloomBitsPerKey: 2 } },
  { name: 'a cache that holds next to nothing', seeds: 25, options: { ...tiny, cacheBytesMax: 1024 } },
  {
    name: 'index pages of one block, and a cache that holds some of them',
    seeds: 40,
    options: { ...tiny, indexPageBlocks: 1, blockBytes: 100, cacheBytesMax: 6 * 1024 },
    someAnswersAtOnce: true,
  },
  {
    name: 'durability os, segments of one group',
    seeds: 25,
    options: { ...tiny, durability: 'os', logSegmentBytesMax: 256 },
  },
  {
    name: 'durability interval, large memtable',
    seeds: 20,
    options: { ...tiny, durability: 'interval', memtableBytesMax: 1024 * 1024, memtableRecordsMax: 0 },
  },
  {
    name: 'memtables of huge pages, which the system has back in between',
    seeds: 20,
    options: { ...tiny, hugePages: true, memtableBytesMax: 4 * 1024 * 1024 },
  },
  { name: 'blocks compressed fast', seeds: 25, options: { ...tiny, compression: 'fast' } },
  { name: 'blocks compressed small', seeds: 25, options: { ...tiny, compression: 'small', cacheBytesMax: 1024 } },
  { name: 'large values apart', seeds: 40, options: { ...tiny, separatedValueBytesMin: 24 } },
  {
    name: 'every value apart, a flush every five records',
    seeds: 20,
    options: { ...tiny, memtableRecordsMax: 5, separatedValueBytesMin: 1 },
  },
  { name: 'the defaults', seeds: 10, options: {} },
  {
    name: 'real files and worker threads',
    seeds: 4,
    options: { ...tiny, durability: 'os', background: 'workers' },
    realFiles: true,
  },
  {
    name: 'real files and worker threads that compress',
    seeds: 4,
    options: { ...tiny, durability: 'os', background: 'workers', compression: 'fast' },
    realFiles: true,
  },
  {
    name: 'files of which some answer at once, next to no cache, large values apart',
    seeds: 30,
    options: { ...tiny, cacheBytesMax: 1024, separatedValueBytesMin: 24 },
    someAnswersAtOnce: true,
  },
  {
    name: 'scans past no cache at all, in tables of many blocks, of which some answer at once',
    seeds: 30,
    options: {
      ...tiny,
      blockBytes: 1,
      indexPageBlocks: 64,
      tableBytesMax: 64 * 1024,
      memtableRecordsMax: 200,
      cacheBytesMax: 0,
    },
    someAnswersAtOnce: true,
  },
  {
    name: 'every table mapped, next to no cache',
    seeds: 40,
    options: { ...tiny, cacheBytesMax: 1024, mappedBytesMax: 1024 * 1024 },
    someAnswersAtOnce: true,
  },
  {
    name: 'some tables mapped, some of them compressed',
    seeds: 30,
    options: { ...tiny, mappedBytesMax: 8 * 1024, compression: 'fast' },
  },
  {
    name: 'real files mapped, worker threads',
    seeds: 4,
    options: { ...tiny, durability: 'os', background: 'workers', mappedBytesMax: 64 * 1024 },
    realFiles: true,
  },
  { name: 'no cache', seeds: 15, options: { ...tiny, cacheBytesMax: 0 } },
  {
    name: 'real files, worker threads, no cache, large values apart',
    seeds: 4,
    options: { ...tiny, durability: 'os', background: 'workers', cacheBytesMax: 0, separatedValueBytesMin: 24 },
    realFiles: true,
  },
];
