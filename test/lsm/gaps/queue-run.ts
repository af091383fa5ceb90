import { deepStrictEqual as same } from 'node:assert';
import { EVERY_KEY, type KeyRange } from '../../../src/lsm/iterator/key-range.js';
import type { Cursor } from '../../../src/lsm/iterator/cursor.js';
import { CursorState } from '../../../src/lsm/iterator/cursor.js';
import type { TreeOptions } from '../../../src/lsm/tree-options.js';
import type { TreeSnapshot } from '../../../src/lsm/tree/snapshot-list.js';
import { bytes, put, remove, TreeUnderTest } from '../tree/tree-under-test.js';
import type { Move, Step } from './queue-steps.js';

const HELD_MAX = 3;
const MIDDLE = 500_000;

/** Number of a key to when its value ends; `Infinity` when it does not. */
type Twin = ReadonlyMap<number, number>;

interface OpenIterator {
  readonly iterator: Cursor;
  readonly isReverse: boolean;
  /** What it shows, ascending, and where in it the iterator stands, or will when it has loaded. */
  readonly shown: readonly number[];
  at: number | undefined;
}

export interface QueuePlace {
  readonly options: Partial<TreeOptions>;
  readonly cacheBytesMax: number;
}

/** A queue in a tree and in a map, and where they differ. */
export class QueueRun {
  readonly #subject: TreeUnderTest;
  readonly #twin = new Map<number, number>();
  #head = MIDDLE;
  #tail = MIDDLE;
  /** Of the readers; the tree's own clock is behind, and stands still, so that nothing expired is ever cleared away. */
  #nowMs: number;
  #snapshots: { readonly held: TreeSnapshot; readonly twin: Twin }[] = [];
  #open: OpenIterator[] = [];

  private constructor(subject: TreeUnderTest) {
    this.#subject = subject;
    this.#nowMs = subject.clock.now() + 1_000_000;
  }

  /** Runs the steps, throws where tree and map differ, and returns how often a gap was leapt over. */
  static async over(steps: readonly Step[], place: QueuePlace): Promise<number> {
    const run = new QueueRun(await TreeUnderTest.open(place));
    try {
      for (const step of steps) await run.#step(step);
      for (const isReverse of [false, true]) run.#scan({ do: 'scan', isReverse, limit: Infinity });
      return run.#subject.tree.stats().gaps.leaps;
    } finally {
      for (const { iterator } of run.#open) iterator.close();
      await run.#subject.close();
    }
  }

  async #step(step: Step): Promise<void> {
    switch (step.do) {
      case 'push':
        for (let i = 0; i < step.count; i++) this.#put(step.side === 'tail' ? this.#tail++ : --this.#head, step.ttlMs);
        return;
      case 'pop':
        for (let i = 0; i < step.count; i++) this.#pop(step.side === 'tail', step.isBounded);
        return;
      case 'put': {
        this.#put(this.#keyAt(step.at), step.ttlMs);
        return;
      }
      case 'delete': {
        this.#delete(this.#keyAt(step.at));
        return;
      }
      case 'delete range':
        for (let key = this.#keyAt(step.from); key < this.#keyAt(step.to); key++) this.#delete(key);
        return;
      case 'scan': {
        this.#scan(step);
        return;
      }
      case 'open': {
        this.#openIterator(step);
        return;
      }
      case 'walk':
        for (const move of step.moves) this.#walk(this.#open[step.iterator], move);
        return;
      case 'snapshot': {
        if (this.#snapshots.length === HELD_MAX) this.#snapshots.shift()?.held.release();
        this.#snapshots.push({ held: this.#subject.tree.takeSnapshot(), twin: new Map(this.#twin) });
        return;
      }
      case 'release':
        this.#snapshots.splice(step.snapshot, 1)[0]?.held.release();
        return;
      case 'flush': {
        await this.#subject.tree.flush();
        return;
      }
      case 'compact': {
        await this.#subject.tree.compact();
        return;
      }
      case 'pass time':
        this.#nowMs += step.byMs;
    }
  }

  #put(key: number, ttlMs?: number): void {
    this.#subject.write([put(nameOf(key), 'v', ttlMs === undefined ? 0 : this.#nowMs + ttlMs)]);
    this.#twin.set(key, ttlMs === undefined ? Infinity : this.#nowMs + ttlMs);
  }

  #delete(key: number): void {
    this.#subject.write([remove(nameOf(key))]);
    this.#twin.delete(key);
  }

  #pop(isReverse: boolean, isBounded: boolean): void {
    const range = isBounded ? { start: bytes('k'), end: bytes('l') } : EVERY_KEY;
    const [found] = this.#keys(range, isReverse, 1);
    same(found, shownOf(this.#twin, this.#nowMs).at(isReverse ? -1 : 0));
    if (found !== undefined) this.#delete(found);
  }

  #scan({ from, to, isReverse, limit, snapshot }: Extract<Step, { do: 'scan' }>): void {
    const held = snapshot === undefined ? undefined : this.#snapshots[snapshot];
    const found = this.#keys(this.#rangeOf(from, to), isReverse, limit, held?.held.sequence);
    const shown = this.#inRange(shownOf(held?.twin ?? this.#twin, this.#nowMs), from, to);
    same(found, (isReverse ? shown.reverse() : shown).slice(0, limit));
  }

  #openIterator({ from, to, isReverse }: Extract<Step, { do: 'open' }>): void {
    if (this.#open.length === HELD_MAX) this.#open.shift()?.iterator.close();
    const iterator = this.#subject.tree.iterator({ range: this.#rangeOf(from, to), nowMs: this.#nowMs });
    const shown = this.#inRange(shownOf(this.#twin, this.#nowMs), from, to);
    this.#open.push({ iterator, isReverse, shown, at: undefined });
  }

  /** A move that has to load something does so before the next one, so that other steps come in between. */
  #walk(open: OpenIterator | undefined, move: Move): void {
    if (open === undefined) return;
    const { iterator, shown } = open;
    settle(iterator);
    this.#compare(open);
    if (shown[open.at ?? -1] === undefined) open.at = undefined;
    if (typeof move === 'object') {
      const key = this.#keyAt('seek' in move ? move.seek : move.seekBefore);
      const first = shown.findIndex((number) => number >= key);
      const atOrAfter = first < 0 ? shown.length : first;
      open.at = 'seek' in move ? atOrAfter : atOrAfter - 1;
      if ('seek' in move) iterator.seek(bytes(nameOf(key)));
      else iterator.seekBefore(bytes(nameOf(key)));
    } else {
      const isForward = open.isReverse === (move === 'back');
      if (open.at === undefined) {
        open.at = isForward ? 0 : shown.length - 1;
        if (isForward) iterator.seekToFirst();
        else iterator.seekToLast();
      } else {
        open.at += isForward ? 1 : -1;
        if (isForward) iterator.next();
        else iterator.previous();
      }
    }
    if (!isUnloaded(iterator)) this.#compare(open);
  }

  #compare({ iterator, shown, at }: OpenIterator): void {
    same(iterator.state === CursorState.ready ? numberOf(iterator) : undefined, at === undefined ? at : shown[at]);
  }

  #keys(range: KeyRange, isReverse: boolean, limit: number, atSequence?: number): number[] {
    const found: number[] = [];
    const iterator = this.#subject.tree.iterator({ range, atSequence, nowMs: this.#nowMs });
    if (isReverse) iterator.seekToLast();
    else iterator.seekToFirst();
    for (;;) {
      settle(iterator);
      if (iterator.state === CursorState.end) break;
      found.push(numberOf(iterator));
      if (found.length === limit) break;
      if (isReverse) iterator.previous();
      else iterator.next();
    }
    iterator.close();
    return found;
  }

  #keyAt(thousandths: number): number {
    return this.#head + Math.floor(((this.#tail - this.#head) * thousandths) / 1000);
  }

  #rangeOf(from: number | undefined, to: number | undefined): KeyRange {
    const at = (bound: number | undefined): Uint8Array | undefined =>
      bound === undefined ? undefined : bytes(nameOf(this.#keyAt(bound)));
    return { start: at(from), end: at(to) };
  }

  #inRange(keys: readonly number[], from: number | undefined, to: number | undefined): number[] {
    return keys
      .filter((key) => from === undefined || key >= this.#keyAt(from))
      .filter((key) => to === undefined || key < this.#keyAt(to));
  }
}

function shownOf(twin: Twin, nowMs: number): number[] {
  return [...twin]
    .filter(([, endsMs]) => endsMs > nowMs)
    .map(([key]) => key)
    .sort((a, b) => a - b);
}

function isUnloaded(iterator: Cursor): boolean {
  return iterator.state === CursorState.unloaded;
}

function settle(iterator: Cursor): void {
  while (isUnloaded(iterator)) iterator.loadSync();
}

function nameOf(key: number): string {
  return `k${String(key).padStart(7, '0')}`;
}

function numberOf({ entry: { keyBytes, keyStart, keyEnd } }: Cursor): number {
  return Number(Buffer.from(keyBytes.subarray(keyStart + 1, keyEnd)).toString('latin1'));
}
