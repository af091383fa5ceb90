import type { FileSystem } from '../../env/file-system.js';
import type { FileNumber } from '../../base/numbers.js';
import type { Entry } from '../entry.js';
import type { TreeOptions } from '../tree-options.js';
import type { TableSummary } from './table-summary.js';

export interface TableWriterOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly fileNumber: FileNumber;
  readonly options: Pick<TreeOptions, 'blockBytes' | 'blockRestartInterval' | 'bloomBitsPerKey'>;
}

export declare class TableWriter {
  constructor(options: TableWriterOptions);
  readonly entryCount: number;
  /** Size of the data file if it were finished now. */
  readonly estimatedBytes: number;
  /** In (key ascending, sequence descending) order, strictly. */
  add(entry: Entry): void;
  /** At least one entry must have been added. Both files are synced, renamed, and the directory synced. */
  finish(): TableSummary;
  /** Removes what was written; also after a failed `finish`. */
  abandon(): void;
}
