import type { FileNumber } from '../../base/numbers.js';
import type { Decay } from './decay.js';
import type { ValueUse } from '../value-file/value-file-summary.js';

/**
 * What is known of a table without reading its data: written into the index file's properties by the writer, and into the
 * manifest by the version edit that adds the table.
 */
export interface TableSummary {
  readonly fileNumber: FileNumber;
  readonly dataBytes: number;
  readonly indexBytes: number;
  /** Entries, all versions and tombstones counted. */
  readonly entryCount: number;
  readonly tombstoneCount: number;
  /** Bytes of keys and values as given, before any encoding. */
  readonly rawBytes: number;
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
  readonly minSequence: number;
  readonly maxSequence: number;
  /** When the first value in it ends, in milliseconds since 1970; 0 when none does. */
  readonly oldestExpiryMs: number;
  /** Kept in the manifest only. `undefined`: nothing of it is dead, or it is not known. */
  readonly decay?: Decay | undefined;
  /** What its entries refer to, by rising number of the value file; absent when none does. Not in the index file. */
  readonly valueUses?: readonly ValueUse[];
}
