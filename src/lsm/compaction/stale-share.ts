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

export type StaleReason = 'tombstones' | 'expired' | 'space';

/**
 * Where less than half of a table's values have ended, it is cleaned of them when the first ended this long ago: so no
 * value stays much longer than it should, and no table is written anew for few of them more than once in this time.
 */
export const EXPIRED_PATIENCE_MS = 24 * 3_600_000;

/** A row of dead entries that a scan feels: about a millisecond to step over … */
const DEAD_ROW_MIN = 4096;
/** … and worth writing the table anew when it is this part of it. */
const DEAD_ROW_SHARE_MIN = 1 / 8;

/**
 * Why a table has so much to drop that it is written anew for that alone; `undefined` when it has not. Half of it must
 * be dead, as a rule, and what is written anew has nothing dead left at the bottom. So a byte is rewritten for a byte
 * that is given back. Nothing of it may be held by a snapshot.
 */
export function staleReason(table: TableSummary, moment: ChoiceMoment): StaleReason | undefined {
  if (table.maxSequence > moment.oldestSnapshot) return undefined;
  if (isTombstoneHeavy(table, moment)) return 'tombstones';
  if (staleTimes(table).some((ms) => ms <= moment.nowMs)) return table.oldestExpiryMs === 0 ? 'space' : 'expired';
  return undefined;
}

/** Half of it is tombstones, or a long row of them is in it, and no snapshot stands in the way of dropping them. */
export function isTombstoneHeavy(
  { tombstoneCount, entryCount, maxSequence, decay }: TableSummary,
  { oldestSnapshot }: ChoiceMoment,
): boolean {
  if (maxSequence > oldestSnapshot) return false;
  if (tombstoneCount * 2 >= entryCount) return true;
  const { longestDeadRow = 0 } = decay ?? {};
  return longestDeadRow >= DEAD_ROW_MIN && longestDeadRow >= entryCount * DEAD_ROW_SHARE_MIN;
}

/**
 * A version in it that a newer one covers is held by no snapshot any more. (One that was merged knows whether there are
 * any.)
 */
export function holdsCovered({ decay }: TableSummary, { oldestSnapshot }: ChoiceMoment): boolean {
  const { leastCoveringSequence = 0 } = decay ?? {};
  return leastCoveringSequence !== 0 && leastCoveringSequence <= oldestSnapshot;
}

/** When there will be enough dead in it to write it anew, if nothing holds it: milliseconds since 1970. */
export function staleTimes({ decay, oldestExpiryMs }: TableSummary): number[] {
  const times: number[] = [];
  if (decay !== undefined && decay.halfDeadAtMs !== 0) times.push(decay.halfDeadAtMs);
  if (oldestExpiryMs !== 0) times.push(oldestExpiryMs + EXPIRED_PATIENCE_MS);
  return times;
}
