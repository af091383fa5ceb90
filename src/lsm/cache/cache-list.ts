import { assert } from '../../base/assert.js';
import type { CacheEntry } from './cache-entry.js';

/** Entries in the order in which they were added, linked through themselves. */
export class CacheList {
  readonly #name: 'probation' | 'protected';
  #newest: CacheEntry | undefined = undefined;
  #oldest: CacheEntry | undefined = undefined;
  #bytes = 0;
  #count = 0;

  constructor(name: 'probation' | 'protected') {
    this.#name = name;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  get oldest(): CacheEntry | undefined {
    return this.#oldest;
  }

  add(entry: CacheEntry): void {
    assert(entry.list === 'none', 'an entry is in one list at a time');
    entry.list = this.#name;
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#bytes += entry.charge;
    this.#count++;
  }

  remove(entry: CacheEntry): void {
    assert(entry.list === this.#name, 'an entry leaves the list that it is in');
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    entry.newer = undefined;
    entry.older = undefined;
    entry.list = 'none';
    this.#bytes -= entry.charge;
    this.#count--;
  }
}
