import { Entry, ValuePlace } from '../entry.js';
import type { Block } from '../sstable/block/block.js';
import { directoryStart, entryInDirectory, NO_ENTRY } from '../sstable/block/block-directory.js';
import { BLOCK_TRAILER_BYTES, storedDirectoryEnd } from '../sstable/block/block-format.js';
import { BlockSearch, findInPlace, readDirected } from '../sstable/block/block-search.js';
import { ENTRY_BYTES_USUAL, touchBefore, touchFrom } from '../sstable/block/touch.js';
import { FindState } from '../sstable/read/find-state.js';
import type { IndexPage } from '../sstable/index/index-page.js';
import type { Table } from '../sstable/table.js';
import { GROUP_KEYS_MAX, GroupLooks } from './group-looks.js';
import type { LiveTable } from './live-version.js';
import type { TreeState } from './tree-state.js';

/** Keys to be looked for together: the first `count` of each array. */
export interface KeyGroup {
  readonly count: number;
  readonly keys: readonly Uint8Array[];
  /** `hashKey` of each. */
  readonly hashes: Int32Array;
  /** Of each key the newest version at or below this is looked for. */
  readonly atSequences: Float64Array;
}

/** Is given the number of a key and its entry, good until it returns. */
export type TakeFound = (number: number, entry: Entry) => void;

/**
 * The look for many keys at once.
 *
 * A look for one key waits for memory a dozen times: for a page of an index, its arrays, the lines of a filter, a block,
 * its directory, an entry. Each lies somewhere else, no cache of the processor has it, and where the next one is stands
 * in the one before. The look for another key does not depend on it, though, and a processor waits for ten lines of
 * memory about as long as for one. So this goes from step to step with all keys at once, and before each step reads one
 * byte of every line that the step will look at, in a loop in which nothing depends on anything else: it _touches_ them,
 * and the waits overlap. (Group prefetching: Chen, Ailamaki, Gibbons and Mowry, "Improving Hash Join Performance through
 * Prefetching", ICDE 2004; here by ordinary loads, for JavaScript has no others.)
 *
 * Sources are asked from the newest to the oldest, as by `PointSearch`, and a key that was found is asked for no more.
 * Blocks that are not in memory are read when the rest is done, where files answer at once. All is done in one turn; a
 * key that would need waiting, and one whose value is in a value file, is `unloaded`: to be looked for by itself.
 */
export class GroupSearch {
  /** Of each key of the last group: what the look for it came to. */
  readonly states = new Array<FindState>(GROUP_KEYS_MAX).fill(FindState.absent);
  readonly #entry = new Entry();
  /** The numbers of the keys not found yet: the first `#leftCount`. */
  readonly #left = new Int32Array(GROUP_KEYS_MAX);
  #leftCount = 0;
  /** In the run that is being asked: keys with the page, then the block they have to be in. */
  readonly #inPages = new GroupLooks<IndexPage>();
  readonly #inBlocks = new GroupLooks<Block>();
  /** In blocks that are looked at where a mapped file has them, with the file. */
  readonly #inPlace = new GroupLooks<Uint8Array>();
  readonly #inMissing = new GroupLooks<undefined>();
  /** What was touched, written down so that the compiler does not find the loops of no use. */
  readonly #touched = new Int32Array(1);

  /**
   * @param take is called for each key that is found, tombstones and expired values included
   * @throws CoreCacheError `CORRUPTION`, or of the file system; or what `take` throws
   */
  find(state: TreeState, group: KeyGroup, take: TakeFound): void {
    const { count, keys, hashes, atSequences } = group;
    for (let i = 0; i < count; i++) {
      this.states[i] = FindState.absent;
      this.#left[i] = i;
    }
    this.#leftCount = count;
    this.#findInMemory(state, group, take);
    const { rows, flushedSequence, level0, searches } = state.live;
    const offerAndTake: TakeFound = (number, entry) => {
      rows.offer(keys[number]!, hashes[number]!, atSequences[number]!, flushedSequence, entry);
      take(number, entry);
    };
    for (const table of level0) this.#findInRun(table, group, offerAndTake);
    for (const search of searches) this.#findInRun(search, group, offerAndTake);
  }

  /** In memtables, and among rows. */
  #findInMemory({ active, sealed, live }: TreeState, group: KeyGroup, take: TakeFound): void {
    const { count, keys, hashes, atSequences } = group;
    const { rows, flushedSequence } = live;
    const entry = this.#entry;
    active.memtable.touch(hashes, count);
    for (const { memtable } of sealed) memtable.touch(hashes, count);
    this.#touched[0] = rows.touch(hashes, count);
    for (let i = 0; i < count; i++) {
      const key = keys[i]!;
      const hash = hashes[i]!;
      const atSequence = atSequences[i]!;
      let isFound = active.memtable.find(key, hash, atSequence, entry);
      for (let s = 0; !isFound && s < sealed.length; s++) {
        isFound = sealed[s]!.memtable.find(key, hash, atSequence, entry);
      }
      if (isFound || rows.find(key, hash, atSequence, flushedSequence, entry)) this.#found(i, take);
    }
    this.#leaveAbsent();
  }

  #findInRun(run: KeyedTables, group: KeyGroup, take: TakeFound): void {
    if (this.#leftCount === 0) return;
    this.#findPages(run, group);
    this.#findBlocks(group);
    this.#findEntriesInPlace(group, take);
    this.#findEntries(group, take);
    this.#findInMissing(group, take);
    this.#leaveAbsent();
  }

  #findPages(run: KeyedTables, { keys }: KeyGroup): void {
    const looks = this.#inPages;
    looks.count = 0;
    for (let i = 0; i < this.#leftCount; i++) {
      const number = this.#left[i]!;
      const key = keys[number]!;
      const candidate = run.tableFor(key);
      if (candidate === undefined) continue;
      const { table } = candidate.handle;
      if (table === undefined) {
        this.states[number] = FindState.unloaded;
        continue;
      }
      const pageNumber = table.root.find(key, table.sharedLength);
      if (pageNumber === table.root.childCount) continue;
      const page = table.pages.cached(pageNumber);
      if (page === undefined) this.states[number] = FindState.unloaded;
      else looks.add(number, candidate, table, pageNumber, page);
    }
  }

  #findBlocks({ keys, hashes }: KeyGroup): void {
    const { count, numbers, tables, owners, places, pieces } = this.#inPages;
    this.#inBlocks.count = this.#inPlace.count = this.#inMissing.count = 0;
    let touched = 0;
    for (let i = 0; i < count; i++) touched |= pieces[i]!.touch();
    for (let i = 0; i < count; i++) touched |= pieces[i]!.touchFor(hashes[numbers[i]!]!);
    this.#touched[0] = touched;
    for (let i = 0; i < count; i++) {
      const number = numbers[i]!;
      const page = pieces[i]!;
      if (!page.mayContain(hashes[number]!)) continue;
      const table = tables[i]!;
      const child = page.find(keys[number]!, table.sharedLength);
      const blockNumber = places[i]! * table.index.pageBlocks + child;
      if (table.blocks.wasInPlace(blockNumber)) {
        this.#inPlace.add(
          number,
          owners[i]!,
          table,
          blockNumber,
          table.blocks.mapped!,
          page.position(child),
          page.end(child),
        );
        continue;
      }
      const block = table.blocks.cached(blockNumber);
      if (block === undefined) this.#inMissing.add(number, owners[i]!, table, blockNumber, undefined);
      else this.#inBlocks.add(number, owners[i]!, table, blockNumber, block);
    }
  }

  #findEntriesInPlace({ keys, atSequences }: KeyGroup, take: TakeFound): void {
    const { count, numbers, tables, pieces, starts, ends } = this.#inPlace;
    let touched = 0;
    for (let i = 0; i < count; i++) touched |= touchBefore(pieces[i]!, ends[i]!);
    for (let i = 0; i < count; i++) {
      const mapped = pieces[i]!;
      const directoryEnd = storedDirectoryEnd(mapped, ends[i]! - BLOCK_TRAILER_BYTES);
      const offset = entryInDirectory(mapped, directoryEnd, keys[numbers[i]!]!);
      if (offset === NO_ENTRY) {
        starts[i] = NO_ENTRY;
        continue;
      }
      starts[i]! += offset;
      ends[i] = directoryStart(mapped, directoryEnd);
      touched |= touchFrom(mapped, starts[i]!, ENTRY_BYTES_USUAL);
    }
    this.#touched[0] = touched;
    for (let i = 0; i < count; i++) {
      if (starts[i] === NO_ENTRY) continue;
      const number = numbers[i]!;
      const { coder } = tables[i]!;
      const search = readDirected(
        pieces[i]!,
        starts[i]!,
        ends[i]!,
        keys[number]!,
        atSequences[number]!,
        coder,
        this.#entry,
      );
      this.#foundInBlock(number, search, take);
    }
  }

  #findEntries({ keys, atSequences }: KeyGroup, take: TakeFound): void {
    const { count, numbers, tables, pieces } = this.#inBlocks;
    let touched = 0;
    for (let i = 0; i < count; i++) touched |= pieces[i]!.touch();
    for (let i = 0; i < count; i++) touched |= pieces[i]!.touchDirectory();
    for (let i = 0; i < count; i++) touched |= pieces[i]!.touchFor(keys[numbers[i]!]!);
    this.#touched[0] = touched;
    for (let i = 0; i < count; i++) {
      const number = numbers[i]!;
      const key = keys[number]!;
      this.#foundInBlock(number, pieces[i]!.find(key, atSequences[number]!, tables[i]!.coder, this.#entry), take);
    }
  }

  /** Reads push others out of the cache: what is left to do may lie in a table that has been closed by then. */
  #findInMissing(group: KeyGroup, take: TakeFound): void {
    const { count, numbers, owners, places } = this.#inMissing;
    for (let i = 0; i < count; i++) {
      const number = numbers[i]!;
      const { handle } = owners[i]!;
      const { table } = handle;
      handle.use();
      try {
        if (table === undefined || !this.#findInTable(table, places[i]!, group, number, take)) {
          this.states[number] = FindState.unloaded;
        }
      } finally {
        handle.release();
      }
    }
  }

  /** False when the block cannot be had without waiting. */
  #findInTable(table: Table, blockNumber: number, group: KeyGroup, number: number, take: TakeFound): boolean {
    const { pages, blocks, coder } = table;
    const key = group.keys[number]!;
    const atSequence = group.atSequences[number]!;
    const page = pages.cached(Math.floor(blockNumber / table.index.pageBlocks));
    if (page !== undefined && blocks.isInPlace(page, blockNumber)) {
      const child = blockNumber % table.index.pageBlocks;
      const end = page.end(child) - BLOCK_TRAILER_BYTES;
      const search = findInPlace(blocks.mapped!, page.position(child), end, key, atSequence, coder, this.#entry);
      this.#foundInBlock(number, search, take);
      return true;
    }
    const block = blocks.cached(blockNumber) ?? (page && readNow(table, page, blockNumber));
    if (block === undefined) return false;
    this.#foundInBlock(number, block.find(key, atSequence, coder, this.#entry), take);
    return true;
  }

  #foundInBlock(number: number, search: BlockSearch, take: TakeFound): void {
    if (search === BlockSearch.found) this.#found(number, take);
    else if (search === BlockSearch.continues) this.states[number] = FindState.unloaded;
  }

  #found(number: number, take: TakeFound): void {
    const entry = this.#entry;
    const isSeparate = entry.valuePlace === ValuePlace.separate;
    this.states[number] = isSeparate ? FindState.unloaded : FindState.found;
    if (!isSeparate) take(number, entry);
  }

  /** Keeps, of the keys left, those of which nothing is known yet. */
  #leaveAbsent(): void {
    const left = this.#left;
    let kept = 0;
    for (let i = 0; i < this.#leftCount; i++) if (this.states[left[i]!] === FindState.absent) left[kept++] = left[i]!;
    this.#leftCount = kept;
  }
}

/** Tables of which at most one may hold a key: a `RunSearch`, or a table by itself. */
interface KeyedTables {
  tableFor(key: Uint8Array): LiveTable | undefined;
}

/** The block when it can be had without waiting: good until something else is read. */
function readNow({ blocks }: Table, page: IndexPage, blockNumber: number): Block | undefined {
  const block = blocks.readNow(blocks.run(page, blockNumber, 0));
  block?.release();
  return block;
}
