import type { FileNumber } from '../../base/numbers.js';

/** A value file as the manifest knows it. */
export interface ValueFileSummary {
  readonly fileNumber: FileNumber;
  /** Size of the file. */
  readonly bytes: number;
  /** Values written into it. */
  readonly valueCount: number;
}

/** How much of a value file is referred to: by one table, or by all of a version. */
export interface ValueUse {
  readonly fileNumber: FileNumber;
  /** Of the records. */
  readonly bytes: number;
  readonly valueCount: number;
}
