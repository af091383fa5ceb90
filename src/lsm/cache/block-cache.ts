import { assert } from '../../base/assert.js';
import type { CacheEntry } from './cache-entry.js';
import { BufferPool } from './buffer-pool.js';
import { CacheList } from './cache-list.js';
import { MappingBudget } from './mapping-budget.js';

/** How much of the cache may hold entries that were used more than once. */
const PROTECTED_SHARE = 0.8;

/**
 * Memory that may wait for the next blocks when the cache is full: for a run that is read ahead, and for each of its
 * blocks.
 */
const SPARE_BYTES = 512 * 1024;

/** Walks that may read past the cache at one time: each has memory for what it reads in one go, which does not count here. */
const PASSING_MAX = 32;
/**
 * What a walk reads past the cache in one go at most: 32 blocks, each of somewhat more than 4 KiB, as much as files answer
 * at once. All get as much, so that any of them can use what another had: a fresh one costs a page fault for every four KiB.
 */
const PASSING_BYTES_MAX = 160 * 1024;
/** Memory that waits for the next walks past the cache. */
const PASSING_KEPT_MAX = 2;

export interface BlockCacheStats {
  readonly hits: number;
  readonly misses: number;
  /** Index pages read, each of which is kept as a block is. `hits` and `misses` are those of blocks alone. */
  readonly indexReads: number;
  /** Looks that a row answered, so that no block was asked. */
  readonly rowHits: number;
  readonly evictions: number;
  readonly bytes: number;
  readonly bytesMax: number;
  /** Of tables that are mapped, besides the cache. */
  readonly mappedBytes: number;
  readonly mappedBytesMax: number;
}

/**
 * Bounds the memory of blocks, index pages, rows and open tables, for all trees of a process.
 *
 * It does not look things up: a table keeps its cached blocks in an array by number, which costs a hit nothing but a
 * load and setting a flag, and is told here when one must go. A segmented queue with second chances: a new entry is on
 * probation; when its turn comes and it has been used again since, it becomes protected, otherwise it is dropped; what
 * protected entries exceed their share of goes back on probation. So one scan over everything passes through probation,
 * as far as it does not read past the cache (`beginPassing`), and leaves the protected entries alone. Every step is O(1),
 * amortized.
 */
export class BlockCache {
  readonly bytesMax: number;
  /** For files of tables that are memory besides it. */
  readonly mappings: MappingBudget;
  /** Counted by those who look. */
  hits = 0;
  misses = 0;
  indexReads = 0;
  rowHits = 0;
  /** Where the memory of blocks comes from and goes to. */
  readonly #buffers = new BufferPool();
  #evictions = 0;
  #passing = 0;
  readonly #passingBuffers: Uint8Array[] = [];
  readonly #probation = new CacheList('probation');
  readonly #protected = new CacheList('protected');

  constructor(bytesMax: number, mappedBytesMax = 0) {
    assert(bytesMax >= 0, 'a cache has no negative size');
    this.bytesMax = bytesMax;
    this.mappings = new MappingBudget(mappedBytesMax);
  }

  /** The trees that it was for are closed: its memory goes. */
  close(): void {
    this.#buffers.close();
  }

  stats(): BlockCacheStats {
    const { hits, misses, indexReads, rowHits, bytesMax, bytes, mappings } = this;
    const { bytes: mappedBytes, bytesMax: mappedBytesMax } = mappings;
    return {
      hits,
      misses,
      indexReads,
      rowHits,
      evictions: this.#evictions,
      bytes,
      bytesMax,
      mappedBytes,
      mappedBytesMax,
    };
  }

  get bytes(): number {
    return this.#probation.bytes + this.#protected.bytes;
  }

  /** Memory for a block: at least `length` bytes, with anything in them. */
  takeBuffer(length: number): Uint8Array {
    return this.#buffers.take(length);
  }

  /**
   * Gives back memory that nobody reads any more. Blocks and what waits for the next ones keep within the bound
   * together.
   */
  giveBuffer(buffer: Uint8Array): void {
    this.#buffers.give(buffer, Math.max(SPARE_BYTES, this.bytesMax - this.bytes));
  }

  /**
   * Memory for so many bytes at least, for a walk that reads past the cache: when they would push something out of it, and
   * unless they are too many or many walks do so already. Given back by `endPassing`, once.
   */
  beginPassing(bytes: number): Uint8Array | undefined {
    if (this.bytes + bytes <= this.bytesMax || bytes > PASSING_BYTES_MAX) return undefined;
    if (this.#passing === PASSING_MAX) return undefined;
    this.#passing++;
    return this.#passingBuffers.pop() ?? Buffer.allocUnsafeSlow(PASSING_BYTES_MAX);
  }

  /** Nothing of what was read into it is looked at any more. */
  endPassing(buffer: Uint8Array): void {
    this.#passing--;
    if (this.#passingBuffers.length < PASSING_KEPT_MAX) this.#passingBuffers.push(buffer);
  }

  /** Takes in an entry and drops others to make room; with a cache too small, the entry itself. */
  insert(entry: CacheEntry): void {
    entry.isReferenced = false;
    this.#probation.add(entry);
    this.#makeRoom();
  }

  /** Forgets an entry without asking it to go. Fine when it has gone already. */
  remove(entry: CacheEntry): void {
    if (entry.list === 'protected') this.#protected.remove(entry);
    else if (entry.list === 'probation') this.#probation.remove(entry);
  }

  #makeRoom(): void {
    // Entries in use cannot go. Each is asked at most twice, so a cache full of them ends over its size, not in a loop.
    for (let chances = 2 * (this.#probation.count + this.#protected.count); this.bytes > this.bytesMax; chances--) {
      if (chances === 0) return;
      const entry = this.#probation.oldest ?? this.#protected.oldest;
      if (entry === undefined) return;
      this.remove(entry);
      if (entry.isReferenced) this.#protect(entry);
      else if (entry.evict()) this.#evictions++;
      else this.#protect(entry);
    }
  }

  #protect(entry: CacheEntry): void {
    entry.isReferenced = false;
    this.#protected.add(entry);
    while (this.#protected.bytes > this.bytesMax * PROTECTED_SHARE) {
      const demoted = this.#protected.oldest!;
      this.#protected.remove(demoted);
      this.#probation.add(demoted);
      if (demoted === entry) return;
    }
  }
}
