import { compareBytes } from '../../src/base/bytes.js';
import { CoreCacheError } from '../../src/base/errors.js';
import { isEmptyRange, toKeyRange } from '../../src/lsm/iterator/key-range.js';
import type { NodeStore } from '../../src/node/key-value-store.js';
import type {
  EntryVersion,
  ScanOptions,
  Snapshot,
  StoredEntry,
  VersionCondition,
  WriteOperation,
  WriteOptions,
  WriteResult,
} from '../../src/store/operations.js';
import type { DatabaseStatistics } from '../../src/store/statistics.js';

/** The dumbest store that keeps the contract: a sorted list in memory. A test may hold its calls back, or fail them. */
export class MemoryStore implements NodeStore {
  readonly storeUuid = '11111111-2222-4333-8444-555555555555';
  epoch = 0;
  lastSequence = 0;
  failure: Error | undefined;
  isClosed = false;
  openScans = 0;
  /** Awaited before a read or a write touches anything. */
  beforeRead: () => Promise<void> | void = () => undefined;
  /** Awaited when a write has been done, before it is acknowledged. */
  beforeAcknowledgement: () => Promise<void> | void = () => undefined;
  readonly checkpoints: string[] = [];
  #entries: StoredEntry[] = [];

  async getEntry(key: Uint8Array): Promise<StoredEntry | undefined> {
    await this.beforeRead();
    return this.#find(key);
  }

  async *scanEntries(options: ScanOptions = {}): AsyncGenerator<StoredEntry, void, undefined> {
    const range = toKeyRange(options);
    const entries = isEmptyRange(range)
      ? []
      : this.#entries.filter(
          ({ key }) =>
            (range.start === undefined || compareBytes(key, range.start) >= 0) &&
            (range.end === undefined || compareBytes(key, range.end) < 0),
        );
    if (options.reverse === true) entries.reverse();
    this.openScans++;
    try {
      for (const entry of entries.slice(0, options.limit)) {
        await this.beforeRead();
        yield entry;
      }
    } finally {
      this.openScans--;
    }
  }

  snapshot(): Snapshot {
    return { sequence: this.lastSequence, release: () => undefined };
  }

  async write(operations: readonly WriteOperation[], options: WriteOptions = {}): Promise<WriteResult> {
    await this.beforeRead();
    const replaced = operations.map(({ key, ifVersion }) => {
      const current = this.#find(key);
      checkCondition(current, ifVersion);
      return current && { epoch: current.epoch, sequence: current.sequence };
    });
    const sequence = ++this.lastSequence;
    for (const operation of operations) {
      this.#entries = this.#entries.filter(({ key }) => compareBytes(key, operation.key) !== 0);
      if (operation.type === 'delete') continue;
      const { key, value, ttlMs, contentType = '' } = operation;
      const now = Date.now();
      const expiresAtMs = ttlMs === undefined ? 0 : now + ttlMs;
      const copy = { key: Uint8Array.from(key), value: Uint8Array.from(value) };
      this.#entries.push({ ...copy, epoch: this.epoch, sequence, writtenAtMs: now, expiresAtMs, contentType });
    }
    this.#entries.sort((a, b) => compareBytes(a.key, b.key));
    await this.beforeAcknowledgement();
    return { epoch: this.epoch, sequence, ...(options.reportReplaced === true ? { replaced } : undefined) };
  }

  beginEpoch(epoch: number): Promise<void> {
    this.epoch = epoch;
    this.lastSequence++;
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  compact(): Promise<void> {
    return Promise.resolve();
  }

  checkpoint(directory: string): Promise<void> {
    this.checkpoints.push(directory);
    return Promise.resolve();
  }

  /** Measures nothing. */
  stats(): DatabaseStatistics {
    return {} as DatabaseStatistics;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  #find(key: Uint8Array): StoredEntry | undefined {
    return this.#entries.find(
      (entry) => compareBytes(entry.key, key) === 0 && (entry.expiresAtMs === 0 || entry.expiresAtMs > Date.now()),
    );
  }
}

function checkCondition(current: StoredEntry | undefined, condition: VersionCondition | undefined): void {
  if (condition === undefined || holds(current, condition)) return;
  throw new CoreCacheError('CONDITION_FAILED', 'the version is another', {
    data: { currentEpoch: current?.epoch ?? null, currentSequence: current?.sequence ?? null },
  });
}

function holds(current: EntryVersion | undefined, condition: VersionCondition): boolean {
  if (condition === 'absent') return current === undefined;
  if (condition === 'present') return current !== undefined;
  return current?.epoch === condition.epoch && current.sequence === condition.sequence;
}
