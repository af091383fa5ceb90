import { assert } from '../../base/assert.js';
import { CoreCacheError } from '../../base/errors.js';
import type { Clock } from '../../env/clock.js';
import { ValuePlace, type Entry } from '../../lsm/entry.js';
import { toKeyRange, type KeyRange } from '../../lsm/iterator/key-range.js';
import type { Tree } from '../../lsm/tree/tree.js';
import type { ScanOptions } from '../operations.js';
import type { ReadTurns } from './read-turns.js';
import { Scan, type ScanOwner } from './scan.js';
import type { Snapshots } from './snapshots.js';

/** What a scan will show, checked; the moment that it shows is taken when it begins. */
export interface ScanPlan<Item> {
  readonly range: KeyRange;
  readonly options: ScanOptions;
  readonly limit: number;
  readonly toItem: (entry: Entry) => Item;
}

/** The scans of one tree, so that closing the database can end those that are open. */
export class Scans implements ScanOwner {
  readonly #tree: Tree;
  readonly #snapshots: Snapshots;
  readonly #clock: Clock;
  readonly #turns: ReadTurns;
  /**
   * In no order. Not a `Set`: of one with members that come and go V8 makes a new table every few changes, and each old one
   * refers to the next and to what was in it. Once one of them is among V8's old objects, though it is dead, it keeps all
   * that follow alive, with their scans and the blocks that these have copied, until those are collected.
   */
  readonly #open: Scan<unknown>[] = [];

  constructor({ tree, snapshots, clock, turns }: ScansParts) {
    this.#tree = tree;
    this.#snapshots = snapshots;
    this.#clock = clock;
    this.#turns = turns;
  }

  get count(): number {
    return this.#open.length;
  }

  /** @throws CoreCacheError `INVALID_ARGUMENT` */
  plan<Item>(options: ScanOptions, toItem: (entry: Entry) => Item): ScanPlan<Item> {
    const limit = options.limit ?? Infinity;
    if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 0)) {
      throw new CoreCacheError('INVALID_ARGUMENT', `a limit is a whole number of 0 or more, got ${limit}`);
    }
    this.#snapshots.sequenceOf(options.snapshot);
    const range = toKeyRange(options);
    if (options.keysOnly !== true) return { range, options, limit, toItem };
    return { range, options, limit, toItem: (entry) => toItem(withoutValue(entry)) };
  }

  begin<Item>({ range, options, limit, toItem }: ScanPlan<Item>): Scan<Item> {
    const iterator = this.#tree.iterator({
      range,
      atSequence: this.#snapshots.sequenceOf(options.snapshot),
      nowMs: this.#clock.now(),
      keysOnly: options.keysOnly === true,
    });
    const isReverse = options.reverse === true;
    const scan = new Scan<Item>(iterator, { toItem, isReverse, limit, turns: this.#turns, owner: this });
    scan.place = this.#open.push(scan) - 1;
    return scan;
  }

  scanEnded(scan: Scan<unknown>): void {
    assert(this.#open[scan.place] === scan, 'a scan ends once');
    const last = this.#open.pop();
    if (last === undefined || last === scan) return;
    this.#open[scan.place] = last;
    last.place = scan.place;
  }

  async close(reason: Error): Promise<void> {
    await Promise.all([...this.#open].map((scan) => scan.abort(reason)));
  }
}

export interface ScansParts {
  readonly tree: Tree;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  readonly turns: ReadTurns;
}

/** The window is refilled by the next move, so it may be written over. */
function withoutValue(entry: Entry): Entry {
  entry.valueEnd = entry.valueStart;
  entry.valuePlace = ValuePlace.inline;
  return entry;
}
