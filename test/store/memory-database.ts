import { isCoreCacheError } from '../../src/base/errors.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import type { Environment } from '../../src/env/environment.js';
import type { FileSystem } from '../../src/env/file-system.js';
import { SeededRandomness } from '../../src/env/simulated/seeded-randomness.js';
import { silentLogger } from '../../src/env/silent-logger.js';
import { Database } from '../../src/store/database.js';
import type { OpenOptions } from '../../src/store/database-options.js';
import { SettableClock } from '../support/settable-clock.js';

export const DIRECTORY = '/database';
export const START_MS = 1_700_000_000_000;

export interface MemoryPlace extends Environment {
  readonly clock: SettableClock;
}

/** A machine in memory, with a clock that the test sets. */
export function memoryPlace(fileSystem: FileSystem = new CrashableFileSystem()): MemoryPlace {
  return { fileSystem, clock: new SettableClock(START_MS), randomness: new SeededRandomness(7), logger: silentLogger };
}

export function openIn(environment: Environment, options: OpenOptions = {}): Promise<Database> {
  return Database.open(DIRECTORY, { background: 'inline', environment, ...options });
}

/** So small that a few hundred writes flush and compact many times. */
export const tinyOptions: OpenOptions = {
  memtableBytesMax: 16 * 1024,
  memtableRecordsMax: 20,
  blockBytes: 256,
  indexPageBlocks: 2,
  tableBytesMax: 2048,
  levelBytesBase: 4096,
  levelRatio: 4,
  level0TablesCompact: 2,
  settleAfterMs: 0,
  level0TablesSlow: 50,
  level0TablesStop: 60,
  separatedValueBytesMin: 24,
  logSegmentBytesMax: 4096,
};

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value && Buffer.from(value).toString('utf8');
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Keys and values of a scan as `key=value`. */
export async function pairs(items: AsyncIterable<[Uint8Array, Uint8Array]>): Promise<string[]> {
  return (await collect(items)).map(([key, value]) => `${text(key)}=${text(value)}`);
}

/** The code of a `CoreCacheError`, to turn a rejection into an outcome. */
export function codeOf(error: unknown): string {
  if (!isCoreCacheError(error)) throw error;
  return error.code;
}
