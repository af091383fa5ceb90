import type { TableSummary } from '../sstable/table-summary.js';

/** What the choice of a compaction knows besides version and options. */
export interface ChoiceMoment {
  readonly nowMs: number;
  /** The sequence of the oldest snapshot held; `Infinity` when there is none. */
  readonly oldestSnapshot: number;
  /** Numbers of tables that must be left alone: they could not be read. */
  readonly excluded: ReadonlySet<number>;
  /** Nothing much is being written: there is time for what is not urgent. */
  readonly isQuiet: boolean;
}

/** A table is cleaned of values that have ended when the first of them ended this long ago: at most once in this time. */
export const EXPIRED_PATIENCE_MS = 3_600_000;

/** Most of it is tombstones, and no snapshot stands in the way of dropping them. */
export function isTombstoneHeavy(table: TableSummary, { oldestSnapshot }: ChoiceMoment): boolean {
  return table.tombstoneCount * 2 >= table.entryCount && table.maxSequence <= oldestSnapshot;
}

/** Values in it ended long enough ago, and no snapshot stands in the way of dropping them. */
export function isExpiredHeavy(table: TableSummary, { nowMs, oldestSnapshot }: ChoiceMoment): boolean {
  return (
    table.oldestExpiryMs !== 0 &&
    table.oldestExpiryMs + EXPIRED_PATIENCE_MS <= nowMs &&
    table.maxSequence <= oldestSnapshot
  );
}
