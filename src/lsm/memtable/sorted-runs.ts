import { assert } from '../../base/assert.js';
import { pagedBuffer } from '../../env/page-memory.js';
import type { Arena } from './arena.js';
import { SortedRun } from './sorted-run.js';
import { SCRATCH_ENTRIES, sortEntries } from './sort-entries.js';

/**
 * Entries sorted in one step: four or five milliseconds, a turn of reads. To sort so many by counting costs the entry little
 * more than to sort an eighth of them, and spares it three merges that cost as much each.
 */
export const SORT_STEP_ENTRIES = SCRATCH_ENTRIES;
/** Entries merged in one step: one or two milliseconds. */
const MERGE_STEP_ENTRIES = 8192;

/**
 * The order of a memtable, made when someone asks for it. Writing does nothing for it; entries written since the last time
 * become sorted runs when the order is needed, and runs of like size are merged (Bentley and Saxe's logarithmic method),
 * so each is at least twice as large as the next and an entry is moved O(log n) times however scans and writes alternate.
 *
 * The first scan of a full memtable finds hundreds of thousands of entries. So the work is cut into steps of bounded size,
 * which whoever needs the order takes one at a time, and can let other work in between.
 *
 * A run never changes once made: a cursor keeps the runs it began with, and later writes and merges make new ones beside
 * them.
 */
export class SortedRuns {
  readonly #arena: Arena;
  #runs: readonly SortedRun[] = [];
  /** First word not yet in a run. */
  #sortedTo: number;
  #sortedCount = 0;
  /** Of the last two runs. */
  #merge: Merge | undefined = undefined;

  constructor(arena: Arena, firstEntry: number) {
    this.#arena = arena;
    this.#sortedTo = firstEntry;
  }

  /** The runs of all entries before the word `end`, and maybe of later ones; `undefined` while there are steps to take. */
  upTo(end: number): readonly SortedRun[] | undefined {
    return this.#sortedTo < end || this.#isMergeDue ? undefined : this.#runs;
  }

  /** Takes one step towards the runs of the `entryCount` entries before the word `end`. Returns how many it handled. */
  step(end: number, entryCount: number): number {
    if (!this.#isMergeDue) return this.#sort(end, Math.min(SORT_STEP_ENTRIES, entryCount - this.#sortedCount));
    const runs = this.#runs;
    this.#merge ??= new Merge(this.#arena, runs.at(-2)!.entries, runs.at(-1)!.entries);
    const handled = this.#merge.step();
    if (this.#merge.isDone) {
      this.#runs = [...runs.slice(0, -2), this.#merge.run];
      this.#merge = undefined;
    }
    return handled;
  }

  get #isMergeDue(): boolean {
    const runs = this.#runs;
    return runs.length > 1 && runs.at(-2)!.entries.length < runs.at(-1)!.entries.length * 2;
  }

  #sort(end: number, count: number): number {
    const { run, next } = sortedRun(this.#arena, this.#sortedTo, end, count);
    this.#sortedTo = next;
    this.#sortedCount += count;
    if (count > 0) this.#runs = [...this.#runs, run];
    return count;
  }
}

/**
 * The first `count` entries between two words, in order, and the word of the entry after them. Those written in ascending
 * order are not sorted but recognized.
 */
export function sortedRun(
  arena: Arena,
  start: number,
  end: number,
  count: number,
): { readonly run: SortedRun; readonly next: number } {
  const entries = entriesOf(count);
  let at = count;
  let isAscending = true;
  let next = start;
  for (let previous = 0; next < end; next = arena.end(next)) {
    if (arena.isSuperseded(next)) continue;
    if (at === 0) break;
    if (isAscending && previous !== 0 && arena.compare(previous, next) >= 0) isAscending = false;
    entries[--at] = next;
    previous = next;
  }
  assert(at === 0, 'a memtable holds as many entries as it has counted');
  if (isAscending) entries.reverse();
  else sortEntries(arena, entries);
  return { run: new SortedRun(arena, entries), next };
}

/** Two runs becoming one, step by step. */
class Merge {
  readonly run: SortedRun;
  readonly #arena: Arena;
  readonly #older: Uint32Array;
  readonly #newer: Uint32Array;
  #i = 0;
  #j = 0;

  constructor(arena: Arena, older: Uint32Array, newer: Uint32Array) {
    this.#arena = arena;
    this.#older = older;
    this.#newer = newer;
    const entries = entriesOf(older.length + newer.length);
    this.run = new SortedRun(arena, entries);
    if (arena.compare(older.at(-1)!, newer[0]!) < 0) {
      entries.set(older);
      this.#i = older.length;
    }
  }

  get isDone(): boolean {
    return this.#i + this.#j === this.run.entries.length;
  }

  step(): number {
    const arena = this.#arena;
    const older = this.#older;
    const newer = this.#newer;
    const { entries } = this.run;
    let i = this.#i;
    let j = this.#j;
    const start = i + j;
    const limit = Math.min(entries.length, start + MERGE_STEP_ENTRIES);
    while (i < older.length && j < newer.length && i + j < limit) {
      if (arena.compare(older[i]!, newer[j]!) < 0) entries[i + j] = older[i++]!;
      else entries[i + j] = newer[j++]!;
    }
    if (i === older.length) {
      entries.set(newer.subarray(j), i + j);
      j = newer.length;
    } else if (j === newer.length) {
      entries.set(older.subarray(i), i + j);
      i = older.length;
    }
    this.#i = i;
    this.#j = j;
    return i + j - start;
  }
}

function entriesOf(count: number): Uint32Array {
  return new Uint32Array(pagedBuffer(count * Uint32Array.BYTES_PER_ELEMENT), 0, count);
}
