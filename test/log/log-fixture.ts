import type { CoreCacheError } from '../../src/base/errors.js';
import { toEpoch, toPartitionId, toSequence } from '../../src/base/numbers.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import type { Environment } from '../../src/env/environment.js';
import type { FileSystem } from '../../src/env/file-system.js';
import { ManualClock } from '../../src/env/simulated/manual-clock.js';
import { MemoryLogger } from '../../src/env/simulated/memory-logger.js';
import { SeededRandomness } from '../../src/env/simulated/seeded-randomness.js';
import { CommitLog } from '../../src/log/commit-log.js';
import type { CommitLogOptions } from '../../src/log/commit-log-setup.js';
import { LogRecordKind, type LogDurability, type LogRecord, type LogWaiter } from '../../src/log/log-record.js';

export const DIRECTORY = '/log';

export interface LogPlace extends Environment {
  readonly clock: ManualClock;
  readonly logger: MemoryLogger;
}

export function placeOn(fileSystem: FileSystem = new CrashableFileSystem()): LogPlace {
  return { fileSystem, clock: new ManualClock(), logger: new MemoryLogger(), randomness: new SeededRandomness(1) };
}

export interface OpenedLog {
  readonly log: CommitLog;
  /** What was replayed, each as `describeRecord` says it. */
  readonly replayed: string[];
  readonly poisoned: CoreCacheError[];
}

export async function openLog(environment: Environment, options: Partial<CommitLogOptions> = {}): Promise<OpenedLog> {
  const replayed: string[] = [];
  const poisoned: CoreCacheError[] = [];
  const log = await CommitLog.open({
    environment,
    directory: DIRECTORY,
    options: { segmentBytesMax: 1 << 20, syncIntervalMs: 100, ...options },
    onRecord: (record) => replayed.push(describeRecord(record)),
    onPoisoned: (error) => poisoned.push(error),
  });
  return { log, replayed, poisoned };
}

export function write(sequence: number, text = `value ${sequence}`, { partition = 0, epoch = 1 } = {}): LogRecord {
  return record(LogRecordKind.write, sequence, text, partition, epoch);
}

export function truncate(lastKept: number, { partition = 0, epoch = 2 } = {}): LogRecord {
  return record(LogRecordKind.truncate, lastKept, '', partition, epoch);
}

export function describeRecord({ kind, partition, epoch, sequence, payload }: LogRecord): string {
  const name = ['', 'write', 'noop', 'truncate'][kind] ?? '';
  return `${name} ${partition}/${epoch}/${sequence} ${Buffer.from(payload).toString()}`.trim();
}

export function append(log: CommitLog, record: LogRecord, durability: LogDurability = 'fsync'): Promise<void> {
  return new Promise((resolve, reject) => log.append(record, durability, { logged: resolve, logFailed: reject }));
}

/** Writes down what it is told. */
export class NotingWaiter implements LogWaiter {
  readonly #name: string;
  readonly #notes: string[];

  constructor(name: string, notes: string[]) {
    this.#name = name;
    this.#notes = notes;
  }

  logged(): void {
    this.#notes.push(this.#name);
  }

  logFailed(error: CoreCacheError): void {
    this.#notes.push(`${this.#name} failed: ${error.code}`);
  }
}

export function segmentNames(environment: Environment): Promise<string[]> {
  return environment.fileSystem.list(DIRECTORY);
}

function record(kind: LogRecordKind, sequence: number, text: string, partition: number, epoch: number): LogRecord {
  return {
    kind,
    partition: toPartitionId(partition),
    epoch: toEpoch(epoch),
    sequence: toSequence(sequence),
    payload: Buffer.from(text),
  };
}
