import type { Scan, ScanIterator } from './scan.js';

/** Entries of one array of `batches`: so many that what an array costs is no longer seen. */
const BATCH_ITEMS = 1000;

/**
 * A range that can be walked, any number of times: each walk shows the database as it is when the walk begins.
 *
 * `for await (const item of …)` is the common way. Arrays cost less, for there is no promise for each item.
 * Leaving a loop ends its walk; an iterator that is moved by hand, and not to its end, must be ended with `return()`, for
 * it holds files.
 */
export class Scannable<Item> implements AsyncIterable<Item> {
  readonly #begin: () => Scan<Item>;

  constructor(begin: () => Scan<Item>) {
    this.#begin = begin;
  }

  /** @throws CoreCacheError `CLOSED` */
  [Symbol.asyncIterator](): ScanIterator<Item> {
    return this.#begin();
  }

  /**
   * The items in arrays, none of them empty, of up to `itemsMax` items: fewer where a block has to be loaded first, and
   * where the items are large.
   */
  async *batches(itemsMax = BATCH_ITEMS): AsyncGenerator<Item[], void, undefined> {
    const scan = this.#begin();
    try {
      while (!scan.isEnded) {
        const items = await scan.nextMany(itemsMax);
        if (items.length > 0) yield items;
      }
    } finally {
      await scan.return();
    }
  }

  /** All items in one array. For ranges that fit in memory: give a `limit`. */
  async toArray(): Promise<Item[]> {
    const scan = this.#begin();
    const items = await scan.nextMany(BATCH_ITEMS);
    while (!scan.isEnded) for (const item of await scan.nextMany(BATCH_ITEMS)) items.push(item);
    return items;
  }
}
