import { CoreCacheError, isCoreCacheError } from '../../base/errors.js';
import type {
  ClientDeleteOptions,
  ClientOperation,
  ClientPutOptions,
  ClientScanOptions,
  PutOutcome,
  ReadValue,
  ScannedEntry,
  WriteCondition,
} from '../../client/client-types.js';
import { httpDate } from '../../protocol/http-date.js';
import { formatEtag, parseEtag } from '../../protocol/version-tag.js';
import type { Database } from '../../store/database.js';
import type { StoredEntry, VersionCondition, WriteOperation } from '../../store/operations.js';
import type { Target } from './target.js';

/** A data directory, opened by this process. */
export class LocalTarget implements Target {
  readonly name: string;
  readonly #database: Database;

  constructor(database: Database) {
    this.name = database.directory;
    this.#database = database;
  }

  async get(key: Uint8Array): Promise<ReadValue | undefined> {
    const entry = await this.#database.getEntry(key);
    if (entry === undefined) return undefined;
    return {
      value: entry.value,
      etag: formatEtag(entry),
      contentType: entry.contentType,
      lastModified: httpDate(entry.writtenAtMs),
      ...(entry.expiresAtMs === 0 ? undefined : { expires: httpDate(entry.expiresAtMs) }),
    };
  }

  async put(
    key: Uint8Array,
    value: Uint8Array,
    { ttlMs, contentType, condition }: ClientPutOptions = {},
  ): Promise<PutOutcome> {
    const ifVersion = versionConditionOf(condition);
    const result = await this.#database.put(key, value, { ttlMs, contentType, ifVersion, reportReplaced: true });
    return { etag: formatEtag(result), created: result.replaced?.[0] === undefined };
  }

  async delete(key: Uint8Array, { ifMatch }: ClientDeleteOptions = {}): Promise<boolean> {
    const wanted = versionConditionOf(ifMatch === undefined ? undefined : { ifMatch });
    try {
      await this.#database.delete(key, { ifVersion: wanted ?? 'present' });
      return true;
    } catch (error) {
      if (wanted === undefined && isCoreCacheError(error, 'CONDITION_FAILED')) return false;
      throw error;
    }
  }

  write(operations: readonly ClientOperation[]): Promise<unknown> {
    return this.#database.write(operations.map(writeOperationOf));
  }

  async *scan({ prefix, start, end, reverse, limit, keysOnly }: ClientScanOptions): AsyncGenerator<ScannedEntry> {
    const entries = this.#database.scanEntries({ prefix, gte: start, lt: end, reverse, limit, keysOnly });
    for await (const entry of entries) yield scannedEntryOf(entry);
  }

  status(): Promise<unknown> {
    const { directory, storeUuid, epoch, lastSequence } = this.#database;
    return Promise.resolve({ directory, storeUuid, epoch, lastSequence, engine: this.#database.stats() });
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

function scannedEntryOf(entry: StoredEntry): ScannedEntry {
  return {
    key: entry.key,
    value: entry.value,
    etag: formatEtag(entry),
    writtenAtMs: entry.writtenAtMs,
    ...(entry.expiresAtMs === 0 ? undefined : { expiresAtMs: entry.expiresAtMs }),
    ...(entry.contentType === '' ? undefined : { contentType: entry.contentType }),
  };
}

function writeOperationOf(operation: ClientOperation): WriteOperation {
  if (operation.type === 'delete') {
    const { type, key, ifMatch } = operation;
    return { type, key, ifVersion: versionConditionOf(ifMatch === undefined ? undefined : { ifMatch }) };
  }
  const { type, key, value, ttlMs, contentType, condition } = operation;
  return { type, key, value, ttlMs, contentType, ifVersion: versionConditionOf(condition) };
}

function versionConditionOf(condition: WriteCondition | undefined): VersionCondition | undefined {
  if (condition === undefined) return undefined;
  if ('ifNoneMatch' in condition) return 'absent';
  if (condition.ifMatch === '*') return 'present';
  const version = parseEtag(condition.ifMatch);
  if (version === undefined) throw new CoreCacheError('INVALID_ARGUMENT', `${condition.ifMatch} is not an ETag`);
  return version;
}
