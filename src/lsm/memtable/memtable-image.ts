import type { Cursor } from '../iterator/cursor.js';
import { Arena, FIRST_ENTRY } from './arena.js';
import { RunCursor } from './run-cursor.js';
import { sortedRun } from './sorted-runs.js';

/** A sealed memtable as another thread reads it, without copying: `postMessage` hands on the memory itself. */
export interface MemtableImage {
  readonly buffer: SharedArrayBuffer;
  readonly usedBytes: number;
  readonly entryCount: number;
}

/** Over all entries of the memtable. Sorts them, on the thread that asks. Never `unloaded`. */
export function memtableImageCursor(image: MemtableImage): Cursor {
  const arena = new Arena(image.buffer);
  const end = FIRST_ENTRY + image.usedBytes / 4;
  return new RunCursor(arena, sortedRun(arena, FIRST_ENTRY, end, image.entryCount).run);
}
