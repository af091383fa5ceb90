import type { FileNumber } from '../../base/numbers.js';
import type { MemtableImage } from '../memtable/memtable-image.js';
import type { TableSummary } from '../sstable/table-summary.js';
import type { TreeOptions } from '../tree-options.js';
import type { ValueFileSummary } from '../value-file/value-file-summary.js';
import type { KeySpan } from './key-span.js';

/** A flush or a compaction, as a value that can be sent to another thread. */
export interface JobRequest {
  readonly directory: string;
  readonly source: JobSource;
  readonly options: TreeOptions;
  /** Of the outputs' filters: `bloomBitsPerKey` of the options is the average over the tree. May have a fraction. */
  readonly bloomBitsPerKey: number;
  /** Sequences of the snapshots held, rising. */
  readonly snapshots: readonly number[];
  /** Values in these files are taken out of them. */
  readonly clearedValueFiles: readonly FileNumber[];
  /** Values that end by then count as deleted. */
  readonly nowMs: number;
  /**
   * Where older versions of the keys may be, by level, each in key order: a tombstone whose key is in none of these spans
   * may go. `undefined`: they may be anywhere, keep every tombstone.
   */
  readonly older: readonly (readonly KeySpan[])[] | undefined;
  /** Tables one level below the output, in key order: outputs are cut before they overlap too many of them. */
  readonly grandparents: readonly (KeySpan & { readonly dataBytes: number })[];
  /** File numbers for the outputs: from the first, that many. */
  readonly firstFileNumber: FileNumber;
  readonly fileNumberCount: number;
  /** File numbers for value files, as for the outputs. */
  readonly firstValueFileNumber: FileNumber;
  readonly valueFileNumberCount: number;
  /** An output is cut when it is this large; `Infinity` for a flush. */
  readonly outputBytesMax: number;
  /** 0 for no limit. */
  readonly bytesPerSecondMax: number;
}

/** `runs`: newest first, each in key order without overlap. */
export type JobSource =
  | { readonly kind: 'memtable'; readonly image: MemtableImage }
  | { readonly kind: 'tables'; readonly runs: readonly (readonly TableSummary[])[] };

export interface JobResult {
  /** In key order; on disk, whole and synced, and not yet part of the tree. */
  readonly outputs: readonly TableSummary[];
  /** Written for the outputs, whole and synced like them. */
  readonly valueFiles: readonly ValueFileSummary[];
  /** Files that were to be cleared and hold values that cannot be read. */
  readonly unreadableValueFiles: readonly FileNumber[];
  readonly entriesRead: number;
  readonly entriesDropped: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}
