import type { Entry } from '../entry.js';
import type { Cursor } from '../iterator/cursor.js';

/** A memtable as another thread can read it, without copying. Taken of a sealed memtable. Structured-clonable. */
export interface MemtableImage {
  readonly buffer: SharedArrayBuffer;
  readonly usedBytes: number;
  readonly entryCount: number;
}

export declare class Memtable {
  constructor(capacityBytes: number);
  /** A capacity that surely holds this batch. */
  static capacityFor(batch: Uint8Array): number;
  readonly capacityBytes: number;
  readonly bytesUsed: number;
  /** Versions held; of two operations of one batch on the same key only the later is counted. */
  readonly entryCount: number;
  readonly tombstoneCount: number;
  /** 0 while empty. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly isEmpty: boolean;
  /** False when there is no room: nothing was applied. Sequences must rise. @throws CoreCacheError of `BatchReader` */
  apply(sequence: number, epoch: number, batch: Uint8Array): boolean;
  /** The newest version at or below `atSequence`; tombstones are found too. `hash` is `hashKey(key)`. */
  find(key: Uint8Array, hash: number, atSequence: number, into: Entry): boolean;
  /** All entries of this moment, whatever is written later. Never `unloaded`. */
  cursor(): Cursor;
  image(): MemtableImage;
}

export declare function memtableImageCursor(image: MemtableImage): Cursor;
