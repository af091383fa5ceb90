import { countedBuffer } from '../../env/page-memory.js';
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
  counted.set(arena, countedBuffer(image.buffer.byteLength));
  const end = FIRST_ENTRY + image.usedBytes / 4;
  return new RunCursor(arena, sortedRun(arena, FIRST_ENTRY, end, image.entryCount).run);
}

/**
 * V8 counts the memory of ordinary buffers when it judges whether to collect garbage, but no shared memory: a thread that
 * flushes one memtable after another, and makes few objects, would hold on to the memory of them all. So beside each there
 * is another buffer of that size, which takes no memory and is as good a reason to collect as the memtable should be.
 */
const counted = new WeakMap<Arena, ArrayBuffer>();
