import type { EngineName } from '../engine/engine.js';
import type { MissingEngine } from '../engine/find-missing.js';
import type { MemoryUse } from '../engine/memory-meter.js';

export interface ScaleReport {
  /** Node.js, processor and system. */
  readonly machine: string;
  /** One for each engine and number of keys. */
  readonly results: readonly ScaleResult[];
  readonly missing: readonly MissingEngine[];
}

export interface ScaleResult {
  readonly engine: EngineName;
  readonly settings: string;
  readonly keyCount: number;
  readonly valueBytes: number;
  readonly compression: boolean;
  /** Operations of each workload that reads. */
  readonly samples: number;
  /** How long no file must change until the database counts as settled. */
  readonly quietSeconds: number;
  readonly fill: FillResult;
  /** Of a database with a tenth of the keys. */
  readonly openOfTenth: OpenResult;
  /** Absent in results of earlier versions. */
  readonly memoryOfTenth?: MemoryOfTenth | undefined;
  readonly use: UseResult;
}

/** The peaks of everything resident with a tenth of the keys, in bytes. */
export interface MemoryOfTenth {
  readonly writing: number;
  readonly reading: number;
}

/** What one process did that filled the database. */
export interface FillResult {
  readonly settings: string;
  readonly fillrandom: FillPass;
  /** Every key once more; absent where it was not asked for. */
  readonly overwrite: FillPass | undefined;
  readonly closeMs: number;
  readonly memory: MemoryUse;
}

/** One write of every key, and what is left of it when the database has settled. */
export interface FillPass {
  /** Operations a second, the wait for the database to settle left out. */
  readonly rate: number;
  /** From the last answer until no file changed any more; absent when that was waited for in vain. */
  readonly settleSeconds: number | undefined;
  readonly bytesOnDisk: number;
  /** What indexes and filters take in files; absent where they have none of their own. */
  readonly indexBytesPerKey?: number | undefined;
  /** Bytes on disk for each byte of live key and value. */
  readonly spaceAmplification: number;
  /** Bytes written to the device for each byte of key and value given in this pass; absent where there is no /proc. */
  readonly writeAmplification: number | undefined;
}

/** All in a process that has just started, and has loaded the engine. */
export interface OpenResult {
  readonly openMs: number;
  readonly firstReadMs: number;
  /** Closed and opened once more, after nothing was written: an engine may have put its log away by then. */
  readonly reopenMs: number;
}

/** What the next process did, which found the database filled. */
export interface UseResult {
  readonly open: OpenResult;
  /** Operations a second, by workload. */
  readonly rates: Readonly<Record<string, number>>;
  readonly memory: MemoryUse;
}
