import { assert } from '../../base/assert.js';
import type { Arena } from './arena.js';
import { sortEntries } from './sort-entries.js';

/**
 * The order of a memtable, made when someone asks for it. Writing does nothing for it; entries written since the last time
 * become a sorted run when the order is needed, and runs of like size are merged (Bentley and Saxe's logarithmic method),
 * so each is at least twice as large as the next and an entry is moved O(log n) times however scans and writes alternate.
 *
 * A run is an array of entry positions that never changes once made: a cursor keeps the array of runs it began with, and
 * later writes and merges make new arrays beside it.
 */
export class SortedRuns {
  readonly #arena: Arena;
  #runs: readonly Uint32Array[] = [];
  /** First word not yet in a run. */
  #sortedTo: number;
  #sortedCount = 0;

  constructor(arena: Arena, firstEntry: number) {
    this.#arena = arena;
    this.#sortedTo = firstEntry;
  }

  /** The runs of all `entryCount` entries before the word `end`. */
  upTo(end: number, entryCount: number): readonly Uint32Array[] {
    if (this.#sortedTo < end) {
      const run = sortedRun(this.#arena, this.#sortedTo, end, entryCount - this.#sortedCount);
      this.#sortedTo = end;
      this.#sortedCount = entryCount;
      this.#runs = this.#withRun(run);
    }
    return this.#runs;
  }

  #withRun(run: Uint32Array): readonly Uint32Array[] {
    const runs = [...this.#runs];
    let last = run;
    while (runs.length > 0 && runs.at(-1)!.length < last.length * 2) last = merged(this.#arena, runs.pop()!, last);
    runs.push(last);
    return runs;
  }
}

/** The `count` entries between two words, in order. Those written in ascending order are not sorted but recognized. */
export function sortedRun(arena: Arena, start: number, end: number, count: number): Uint32Array {
  const run = new Uint32Array(count);
  let at = count;
  let isAscending = true;
  for (let entry = start, previous = 0; entry < end; entry = arena.end(entry)) {
    if (arena.isSuperseded(entry)) continue;
    if (isAscending && previous !== 0 && arena.compare(previous, entry) >= 0) isAscending = false;
    run[--at] = entry;
    previous = entry;
  }
  assert(at === 0, 'a memtable holds as many entries as it has counted');
  if (isAscending) run.reverse();
  else sortEntries(arena, run);
  return run;
}

function merged(arena: Arena, older: Uint32Array, newer: Uint32Array): Uint32Array {
  const run = new Uint32Array(older.length + newer.length);
  let i = 0;
  let j = 0;
  let at = 0;
  if (arena.compare(older.at(-1)!, newer[0]!) < 0) {
    run.set(older);
    run.set(newer, older.length);
    return run;
  }
  while (i < older.length && j < newer.length) {
    run[at++] = arena.compare(older[i]!, newer[j]!) < 0 ? older[i++]! : newer[j++]!;
  }
  if (i < older.length) run.set(older.subarray(i), at);
  else run.set(newer.subarray(j), at);
  return run;
}
