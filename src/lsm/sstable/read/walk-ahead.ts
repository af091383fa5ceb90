import type { Block } from '../block/block.js';
import type { IndexPage } from '../index/index-page.js';
import type { HandOut } from '../../iterator/walk.js';
import type { TableSource } from './table-source.js';
import type { PassingRun } from './passing-run.js';

/**
 * Blocks that a long walk loads beyond the one it needs: with it, some 132 KiB of ordinary blocks in one read, and half
 * of what an index page covers.
 */
const READ_AHEAD_MAX = 31;

/**
 * How far a cursor reads ahead: nothing for a seek, more and more for a walk that goes on. A walk that has come to the
 * most reads past the cache, where that is full.
 */
export class WalkAhead {
  readonly #table: TableSource;
  readonly #handOut: HandOut | undefined;
  /** What it had counted when the last block was read past the cache. */
  #countBefore = 0;
  /** Blocks to load beyond the one wanted now, negative before it; and beyond the next one, when walking on. */
  #now = 0;
  #next = 0;
  #passing: PassingRun | undefined = undefined;

  /** @param handOut of the walk */
  constructor(table: TableSource, handOut: HandOut | undefined) {
    this.#table = table;
    this.#handOut = handOut;
  }

  /** Blocks to load beyond the one that is to be read now. */
  get now(): number {
    return this.#now;
  }

  /** A seek leads to the block that is to be read now. */
  seek(): void {
    this.#now = 0;
  }

  /** The walk has come to it. */
  goOn(isForward: boolean): void {
    // Not `-`: it would make of 0 the other zero, which is no integer to V8.
    this.#now = isForward ? this.#next : 0 - this.#next;
    this.#next = Math.min(this.#next * 2 + 1, READ_AHEAD_MAX);
  }

  /** A block that was read past the cache. */
  block(number: number): Block | undefined {
    const passing = this.#passing;
    return passing?.holds(number) === true ? passing.block(number, this.#handsOut()) : undefined;
  }

  /**
   * Reads past the cache, from that block on; `undefined` when it is to be read through the cache. No block read before is
   * looked at any more. @throws CoreCacheError of the file system
   */
  read(page: IndexPage, number: number): Block | undefined {
    if (Math.abs(this.#now) < READ_AHEAD_MAX) return undefined;
    this.#closePassing();
    this.#passing = this.#table.blocks.passingRun(page, number, this.#now);
    return this.block(number);
  }

  /**
   * Whether the values of the next block are likely to be handed out: some have been since the block before. A walk over
   * what is deleted would make a copy of each block, and nobody would look at it.
   */
  #handsOut(): boolean {
    if (this.#handOut === undefined) return false;
    const { count } = this.#handOut;
    const isMore = count !== this.#countBefore;
    this.#countBefore = count;
    return isMore;
  }

  /** The walk has ended. */
  close(): void {
    this.#closePassing();
    if (this.#next === READ_AHEAD_MAX) this.#table.blocks.walked();
  }

  /** Gives back what was read past the cache. */
  #closePassing(): void {
    this.#passing?.close();
    this.#passing = undefined;
  }
}
