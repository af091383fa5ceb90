import { CoreCacheError } from '../base/errors.js';
import type { Environment } from '../env/environment.js';
import { compressions, defaultTreeOptions, type TreeOptions } from '../lsm/tree-options.js';
import type { Durability } from './operations.js';

const MIB = 1024 * 1024;

/** How a database behaves; every field has a default. Sizes are bytes, times milliseconds. */
export interface DatabaseOptions extends TreeOptions {
  /** When a write is acknowledged, unless it says otherwise itself. */
  readonly durability: Durability;
  /** Longest time before a write with durability `interval` is synced. */
  readonly syncIntervalMs: number;
  /** The log starts a new segment at this size. */
  readonly logSegmentBytesMax: number;
  /** Blocks, rows, filters and indexes kept in memory. */
  readonly cacheBytesMax: number;
  /**
   * So much of the tables may be mapped into memory, besides the cache; 0: none. Linux only. What is read there takes no
   * call of the system and no copy, and stays memory of the process. When the device fails to read it, the system ends the
   * process.
   */
  readonly mappedBytesMax: number;
  /** 1, or 0 where the empty key, which is before all others, is to be a key like any. */
  readonly keyBytesMin: number;
  readonly keyBytesMax: number;
  readonly valueBytesMax: number;
  /** Keys and values of one batch together. */
  readonly batchBytesMax: number;
  /** Bytes of writes on their way to the log at which further writes wait. */
  readonly inFlightBytesMax: number;
  /** Make the directory a database when it is not there or empty; otherwise opening fails with `NOT_A_DATABASE`. */
  readonly createIfMissing: boolean;
  /** Open only what becomes a database now: one that is there is refused with `CONFLICT`. */
  readonly errorIfExists: boolean;
  /**
   * Where flush and compaction run: in worker threads, or in slices on the calling thread (what simulated file systems
   * need).
   */
  readonly background: 'workers' | 'inline';
}

/** What is left out has its default; without an environment it is the machine as it is. */
export type OpenOptions = Partial<DatabaseOptions> & { readonly environment?: Environment };

export const defaultDatabaseOptions: DatabaseOptions = {
  ...defaultTreeOptions,
  durability: 'fsync',
  syncIntervalMs: 100,
  logSegmentBytesMax: 16 * MIB,
  cacheBytesMax: 64 * MIB,
  mappedBytesMax: 0,
  keyBytesMin: 1,
  keyBytesMax: 4096,
  valueBytesMax: 16 * MIB,
  batchBytesMax: 64 * MIB,
  inFlightBytesMax: 64 * MIB,
  createIfMissing: true,
  errorIfExists: false,
  background: 'workers',
};

/**
 * The defaults, with what is given laid over them.
 * @throws CoreCacheError `INVALID_ARGUMENT` for a value that is out of its range, or at odds with another
 */
export function resolveOptions(given: OpenOptions): DatabaseOptions {
  const stated = (Object.entries(given) as [string, unknown][]).filter(
    ([name, value]) => name !== 'environment' && value !== undefined,
  );
  for (const [name, value] of stated) checkOption(name, value);
  const options: DatabaseOptions = { ...defaultDatabaseOptions, ...Object.fromEntries(stated) };
  requireOrder(options, 'level0TablesCompact', 'level0TablesStop');
  requireOrder(options, 'level0TablesSlow', 'level0TablesStop');
  requireOrder(options, 'pendingBytesSlow', 'pendingBytesStop');
  requireOrder(options, 'keyBytesMin', 'keyBytesMax');
  requireOrder(options, 'keyBytesMax', 'batchBytesMax');
  requireOrder(options, 'valueBytesMax', 'batchBytesMax');
  return options;
}

const choices: Readonly<Record<string, readonly unknown[]>> = {
  durability: ['fsync', 'interval', 'os'],
  background: ['workers', 'inline'],
  compression: compressions,
  createIfMissing: [true, false],
  errorIfExists: [true, false],
  hugePages: [true, false],
  keyBytesMin: [0, 1],
};

/** For these, 0 means "no limit" or "none". */
const mayBeZero = new Set([
  'memtableRecordsMax',
  'memtableAgeMsMax',
  'bloomBitsPerKey',
  'settleAfterMs',
  'compactionBytesPerSecondMax',
  'cacheBytesMax',
  'mappedBytesMax',
  'separatedValueBytesMin',
  'valueBytesMax',
]);

/** What is written of these has no more room. */
const most: Readonly<Record<string, number>> = { indexPageBlocks: 2 ** 16 };

function checkOption(name: string, value: unknown): void {
  if (!(name in defaultDatabaseOptions)) throw invalid(`there is no option ${name}`);
  const allowed = choices[name];
  if (allowed !== undefined) {
    if (!allowed.includes(value)) throw invalid(`${name} is one of ${allowed.join(', ')}; got ${String(value)}`);
    return;
  }
  const least = mayBeZero.has(name) ? 0 : 1;
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw invalid(`${name} is a whole number of ${least} or more; got ${String(value)}`);
  }
  const atMost = most[name];
  if (atMost !== undefined && (value as number) > atMost) {
    throw invalid(`${name} is ${atMost} or less; got ${String(value)}`);
  }
}

function requireOrder(options: DatabaseOptions, lower: keyof DatabaseOptions, upper: keyof DatabaseOptions): void {
  if (options[lower] > options[upper]) {
    throw invalid(`${lower} (${options[lower]}) is not to be above ${upper} (${options[upper]})`);
  }
}

function invalid(message: string): CoreCacheError {
  return new CoreCacheError('INVALID_ARGUMENT', message);
}
