import { compareBytes } from '../../base/bytes.js';
import type { FileNumber } from '../../base/numbers.js';
import type { TableSummary } from '../sstable/table-summary.js';

/**
 * Which tables a compaction put in the place of those that are gone, when the record of the manifest that said so is lost.
 * A table that is not in the answer has no successors that can be told from others, and is lost.
 *
 * A compaction removes its inputs only after its record is synced, and numbers its outputs in a row. So successors are
 * tables that no record names, younger than the one that is gone, without a gap in their numbers, with rising keys from
 * before its first to behind its last, and with sequences as high as its newest. And they hold something as old as what is
 * gone: a flush that came later does not. Where the compaction dropped the first or the last key of all its inputs, the row
 * is too short to tell: rather one loss too many is named than one too few.
 *
 * @param gone tables that a record names, and whose files are not there
 * @param unnamed whole tables that are there, and that no record names
 */
export function successorsOf(
  gone: readonly TableSummary[],
  unnamed: readonly TableSummary[],
): ReadonlyMap<FileNumber, readonly TableSummary[]> {
  const newestGone = gone.reduce((highest, { maxSequence }) => Math.max(highest, maxSequence), 0);
  const rows = rowsOf(unnamed).filter((row) => row.some(({ minSequence }) => minSequence <= newestGone));
  const successors = new Map<FileNumber, readonly TableSummary[]>();
  for (const table of gone) {
    const row = rows.find((candidate) => takesPlaceOf(candidate, table));
    if (row !== undefined) successors.set(table.fileNumber, row);
  }
  return successors;
}

function takesPlaceOf(row: readonly TableSummary[], gone: TableSummary): boolean {
  const [first, last] = [row[0]!, row.at(-1)!];
  return (
    first.fileNumber > gone.fileNumber &&
    compareBytes(first.firstKey, gone.firstKey) <= 0 &&
    compareBytes(last.lastKey, gone.lastKey) >= 0 &&
    row.some(({ maxSequence }) => maxSequence >= gone.maxSequence)
  );
}

/** Cuts tables where one was not written right behind the other. */
function rowsOf(tables: readonly TableSummary[]): TableSummary[][] {
  const rows: TableSummary[][] = [];
  for (const table of tables.toSorted((a, b) => a.fileNumber - b.fileNumber)) {
    const row = rows.at(-1);
    const last = row?.at(-1);
    if (last?.fileNumber === table.fileNumber - 1 && compareBytes(last.lastKey, table.firstKey) < 0) row!.push(table);
    else rows.push([table]);
  }
  return rows;
}
