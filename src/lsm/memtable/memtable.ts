import { assert } from '../../base/assert.js';
import { hashKey } from '../../base/hash.js';
import { pagedBytes, sharedPagedBuffer } from '../../env/page-memory.js';
import { BatchReader } from '../batch.js';
import { encodeContentType } from '../content-type.js';
import { Operation, type Entry } from '../entry.js';
import type { Cursor } from '../iterator/cursor.js';
import { MergingCursor } from '../iterator/merging-cursor.js';
import { Arena, ENTRY_OVERHEAD_BYTES_MAX, FIRST_ENTRY } from './arena.js';
import { HashIndex } from './hash-index.js';
import type { MemtableImage } from './memtable-image.js';
import { RunCursor } from './run-cursor.js';
import { SortedRun } from './sorted-run.js';
import { SORT_STEP_ENTRIES, SortedRuns } from './sorted-runs.js';
import { UnsortedCursor } from './unsorted-cursor.js';

/** Positions in bytes are 32-bit signed integers, which V8 keeps out of the heap. */
const CAPACITY_BYTES_MAX = 2 ** 31 - 16;

/** What is worth using again: allocating it anew costs a page fault for every four KiB, and zeros that are written over. */
export interface MemtableMemory {
  readonly arena: SharedArrayBuffer;
  readonly slots: Int32Array;
}

/**
 * The in-memory part of a tree. Entries lie in one block of shared memory; a hash table leads from a key to its newest
 * version and each version to the one before, so that a point read never walks an order; the order is made when a cursor
 * asks for it.
 *
 * The capacity is fixed when it is made: the memory is reserved, not used, so a large one costs what is written to it.
 *
 * Its memory may serve another memtable when nobody looks at this one any more (`MemtablePool`). Point reads are done with
 * what they found within their turn; whoever keeps a cursor for longer holds the memtable meanwhile.
 */
export class Memtable {
  readonly capacityBytes: number;
  readonly #arena: Arena;
  readonly #index: HashIndex;
  readonly #runs: SortedRuns;
  readonly #reader = new BatchReader();
  /** Next free word. */
  #end = FIRST_ENTRY;
  #entryCount = 0;
  #tombstoneCount = 0;
  #firstSequence = 0;
  #lastSequence = 0;
  #holdCount = 0;

  /** @param memory of a memtable of the same capacity that nobody looks at any more; new memory when absent */
  constructor(capacityBytes: number, memory?: MemtableMemory) {
    assert(capacityBytes > 0 && capacityBytes <= CAPACITY_BYTES_MAX, `no memtable of ${capacityBytes} bytes`);
    this.capacityBytes = capacityBytes;
    const arenaBytes = arenaBytesOf(capacityBytes);
    assert(memory === undefined || memory.arena.byteLength === arenaBytes, 'memory serves memtables of one capacity');
    this.#arena = new Arena(memory?.arena ?? sharedPagedBuffer(arenaBytes));
    this.#index = new HashIndex(this.#arena, memory?.slots);
    this.#runs = new SortedRuns(this.#arena, FIRST_ENTRY);
  }

  /**
   * A capacity that holds this batch in an empty memtable.
   * @throws CoreCacheError of `BatchReader`
   */
  static capacityFor(batch: Uint8Array): number {
    return bytesNeeded(new BatchReader(batch), batch);
  }

  /** Bytes of the entries, of the capacity. */
  get bytesUsed(): number {
    return (this.#end - FIRST_ENTRY) * 4;
  }

  /** Versions held. Of two operations of one batch on the same key only the later one counts. */
  get entryCount(): number {
    return this.#entryCount;
  }

  get tombstoneCount(): number {
    return this.#tombstoneCount;
  }

  /** 0 while empty. */
  get firstSequence(): number {
    return this.#firstSequence;
  }

  /** 0 while empty. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  get isEmpty(): boolean {
    return this.#entryCount === 0;
  }

  /** From now on somebody looks at it across turns, until `release`. */
  retain(): void {
    this.#holdCount++;
  }

  release(): void {
    assert(this.#holdCount > 0, 'a memtable is released as often as it was retained');
    this.#holdCount--;
  }

  get isHeld(): boolean {
    return this.#holdCount > 0;
  }

  /** What the next memtable may be made of when nobody looks at this one any more. */
  get memory(): MemtableMemory {
    return { arena: this.#arena.buffer, slots: this.#index.slots };
  }

  /**
   * Applies all operations of a batch, or none: false when there is no room. Sequences rise from call to call.
   * @throws CoreCacheError of `BatchReader`; nothing was applied
   */
  apply(sequence: number, epoch: number, batch: Uint8Array): boolean {
    assert(sequence > this.#lastSequence, 'sequences rise');
    const reader = this.#reader;
    reader.reset(batch);
    if (bytesNeeded(reader, batch) > this.capacityBytes - this.bytesUsed) return false;
    const { count, entry } = reader;
    if (count === 1) {
      reader.next();
      this.#add(sequence, epoch, entry, hashKey(entry.keyBytes, entry.keyStart, entry.keyEnd));
      return true;
    }
    const hashes = this.#hashes();
    this.#index.touch(hashes, count);
    reader.reset(batch);
    for (let i = 0; reader.next(); i++) this.#add(sequence, epoch, entry, hashes[i]!);
    return true;
  }

  /** Of the keys, in order. Walks the whole batch, and so finds what is wrong with it before any of it is applied. */
  #hashes(): Int32Array {
    const reader = this.#reader;
    const { entry, count } = reader;
    const hashes = count <= SHARED_HASHES.length ? SHARED_HASHES : new Int32Array(count);
    for (let i = 0; reader.next(); i++) hashes[i] = hashKey(entry.keyBytes, entry.keyStart, entry.keyEnd);
    return hashes;
  }

  #add(sequence: number, epoch: number, entry: Entry, hash: number): void {
    const arena = this.#arena;
    const offset = this.#end;
    const { keyBytes, keyStart, keyEnd } = entry;
    this.#end = arena.write(offset, entry, hash, sequence, epoch, encodeContentType(entry.contentType));
    const previous = this.#index.replace(hash, keyBytes, keyStart, keyEnd, offset);
    if (previous !== 0) this.#link(offset, previous, sequence);
    this.#entryCount++;
    if (entry.operation === Operation.delete) this.#tombstoneCount++;
    if (this.#firstSequence === 0) this.#firstSequence = sequence;
    this.#lastSequence = sequence;
  }

  #link(offset: number, previous: number, sequence: number): void {
    const arena = this.#arena;
    if (arena.sequence(previous) !== sequence) {
      arena.setPrevious(offset, previous);
      return;
    }
    arena.setPrevious(offset, arena.previous(previous));
    arena.supersede(previous);
    this.#entryCount--;
    if (arena.operation(previous) === Operation.delete) this.#tombstoneCount--;
  }

  /**
   * The newest version at or below `atSequence`, tombstones included. `hash` is `hashKey(key)`.
   * @returns whether there is one; `into` is untouched when not
   */
  find(key: Uint8Array, hash: number, atSequence: number, into: Entry): boolean {
    const arena = this.#arena;
    let offset = this.#index.find(hash, key, 0, key.length);
    while (offset !== 0 && arena.sequence(offset) > atSequence) offset = arena.previous(offset);
    if (offset === 0) return false;
    arena.show(offset, into);
    return true;
  }

  /** Brings near what `find` looks at for keys with these hashes: see `GroupSearch`. */
  touch(hashes: Int32Array, count: number): void {
    this.#index.touch(hashes, count);
    this.#index.touchEntries(hashes, count);
  }

  /**
   * Over all entries of this moment. `unloaded` after its first move while many have not been brought into order yet, which
   * loading does step by step; it may then also show entries written meanwhile, by their sequence.
   */
  cursor(): Cursor {
    const end = this.#end;
    const entryCount = this.#entryCount;
    for (let handled = 0; this.#runs.upTo(end) === undefined && handled < SORT_STEP_ENTRIES;) {
      handled += this.#runs.step(end, entryCount);
    }
    const ordered = this.#runs.upTo(end);
    if (ordered !== undefined) return this.#cursorOver(ordered);
    return new UnsortedCursor(() => {
      if (this.#runs.upTo(end) === undefined) this.#runs.step(end, entryCount);
      const runs = this.#runs.upTo(end);
      return runs && this.#cursorOver(runs);
    });
  }

  #cursorOver(runs: readonly SortedRun[]): Cursor {
    if (runs.length === 0) return new RunCursor(this.#arena, new SortedRun(this.#arena, NO_ENTRIES));
    if (runs.length === 1) return new RunCursor(this.#arena, runs[0]!);
    return new MergingCursor(runs.map((run) => new RunCursor(this.#arena, run)));
  }

  /** For another thread. Nothing may be applied any more while it reads. */
  image(): MemtableImage {
    return { buffer: this.#arena.buffer, usedBytes: this.bytesUsed, entryCount: this.#entryCount };
  }
}

/** Of the batch that is being applied, whichever memtable it goes to. A larger batch gets memory of its own. */
const SHARED_HASHES = new Int32Array(4096);

const NO_ENTRIES = new Uint32Array(0);

/** Size of the arena of a memtable of this capacity. */
export function arenaBytesOf(capacityBytes: number): number {
  return pagedBytes((Math.ceil(capacityBytes / 4) + FIRST_ENTRY) * 4);
}

/** At most; `reader` stands before the first operation. */
function bytesNeeded(reader: BatchReader, batch: Uint8Array): number {
  return batch.length + reader.count * ENTRY_OVERHEAD_BYTES_MAX;
}
