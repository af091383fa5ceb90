import { join } from 'node:path';
import { compareBytes, compareRanges, copyOf, emptyBytes } from '../../base/bytes.js';
import { dataFile, indexFile } from '../../base/file-names.js';
import { toFileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import { ConcatenatingCursor } from '../iterator/concatenating-cursor.js';
import { CursorState, type Cursor } from '../iterator/cursor.js';
import { MergingCursor } from '../iterator/merging-cursor.js';
import type { Entry } from '../entry.js';
import type { TableSummary } from '../sstable/table-summary.js';
import { TableWriter } from '../sstable/table-writer.js';
import type { TreeOptions } from '../tree-options.js';
import type { ReadableTable } from './survey-table.js';

/** Keys of which the very same write stands in two tables. */
export interface Doubles {
  readonly count: number;
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
}

/** Tables that share keys with each other and with no other. */
export type TableGroup = readonly ReadableTable[];

/** Cuts tables into groups by their key ranges. */
export function groupsOf(tables: readonly ReadableTable[]): TableGroup[] {
  const groups: ReadableTable[][] = [];
  let lastKey = emptyBytes();
  for (const table of tables.toSorted((a, b) => compareBytes(a.firstKey, b.firstKey))) {
    const group = groups.at(-1);
    if (group !== undefined && compareBytes(table.firstKey, lastKey) <= 0) group.push(table);
    else groups.push([table]);
    if (group === undefined || compareBytes(table.lastKey, lastKey) > 0) lastKey = table.lastKey;
  }
  return groups;
}

/** Where a merge puts what it keeps; a repair that only looks has none. */
export class RepairOutputs {
  readonly finished: TableSummary[] = [];
  readonly #place: RepairPlace;
  #next: number;
  #writer: TableWriter | undefined = undefined;

  constructor(place: RepairPlace, firstNumber: number) {
    this.#place = place;
    this.#next = firstNumber;
  }

  /** No file has this number yet. */
  get nextFileNumber(): number {
    return this.#next;
  }

  /** Keys rise from call to call. */
  add(entry: Entry): void {
    const { options } = this.#place;
    if (this.#writer !== undefined && this.#writer.estimatedBytes >= options.tableBytesMax) this.finish();
    this.#writer ??= new TableWriter({ ...this.#place, fileNumber: toFileNumber(this.#next++) });
    this.#writer.add(entry);
  }

  finish(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.finished.push(writer.finish());
    this.#writer = undefined;
  }

  /** Removes all that was written. */
  abandon(): void {
    const { fileSystem, directory } = this.#place;
    this.#writer?.abandon();
    this.#writer = undefined;
    for (const { fileNumber } of this.finished.splice(0)) {
      fileSystem.removeSync(join(directory, dataFile(fileNumber)));
      fileSystem.removeSync(join(directory, indexFile(fileNumber)));
    }
  }
}

export interface RepairPlace {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly options: TreeOptions;
}

/**
 * Goes through the tables of a group, and what the log still has, in key order, and keeps the newest version of each key.
 *
 * Which table lies above which is not asked: the highest sequence is the newest version wherever it stands. Nobody holds a
 * snapshot of a database that is being repaired, so older versions go. **Deletes stay**, although nothing lies below: when
 * the repair is cut off half-way and begun again, tables that were merged may still be there beside the merge, and only
 * some of them.
 *
 * The same write in two tables means that one was made out of the other by a compaction. They are told, for what the other
 * holds besides may be a key that was deleted since.
 */
export async function mergeTables(
  group: TableGroup,
  logged: Cursor | undefined,
  outputs: RepairOutputs | undefined,
): Promise<Doubles | undefined> {
  const runs = runsOf(group).map((run) => new ConcatenatingCursor(run));
  const cursor = new MergingCursor(logged === undefined ? runs : [...runs, logged]);
  const doubles = new DoublesFound();
  let key = emptyBytes();
  let sequence = 0;
  try {
    cursor.seekToFirst();
    for (;;) {
      while (cursor.state === CursorState.unloaded) await cursor.load();
      if (cursor.state === CursorState.end) break;
      const { entry } = cursor;
      const isSameKey = compareRanges(entry.keyBytes, entry.keyStart, entry.keyEnd, key, 0, key.length) === 0;
      if (!isSameKey) {
        key = copyOf(entry.keyBytes, entry.keyStart, entry.keyEnd);
        outputs?.add(entry);
      } else if (entry.sequence === sequence && entry !== logged?.entry) {
        doubles.add(key);
      }
      sequence = entry.sequence;
      cursor.next();
    }
  } finally {
    cursor.close();
  }
  return doubles.found;
}

class DoublesFound {
  #found: Doubles | undefined = undefined;

  get found(): Doubles | undefined {
    return this.#found;
  }

  add(key: Uint8Array): void {
    const { count = 0, firstKey = key } = this.#found ?? {};
    this.#found = { count: count + 1, firstKey, lastKey: key };
  }
}

/** As few sorted runs as it takes, so that few tables are open at a time. */
function runsOf(group: TableGroup): ReadableTable[][] {
  const runs: ReadableTable[][] = [];
  for (const table of group) {
    const run = runs.find((candidate) => compareBytes(candidate.at(-1)!.lastKey, table.firstKey) < 0);
    if (run === undefined) runs.push([table]);
    else run.push(table);
  }
  return runs;
}
