import { assert } from '../../base/assert.js';
import { compareBytes, compareRanges, emptyBytes, equalRanges } from '../../base/bytes.js';
import { Entry, isAbsent, ValuePlace } from '../entry.js';
import type { ValueSource } from '../value-file/value-files.js';
import type { Gap } from '../gaps/gap.js';
import { GapWalk } from '../gaps/gap-walk.js';
import { KnownGaps } from '../gaps/known-gaps.js';
import { CursorState, type Cursor } from './cursor.js';
import type { KeyRange } from './key-range.js';
import type { HandOut, Walk } from './walk.js';
import { copyEntry, copyKey } from './copy-entry.js';

/** Entries passed over in one move: about a millisecond. */
const ENTRIES_PASSED_MAX = 4096;
/** … between two looks for a gap to leap over: passing so many takes longer than a seek. A divisor of the other. */
const ENTRIES_A_LOOK = 64;

/**
 * What a reader sees: of each key in a range the newest version at or below its sequence, and nothing of a key whose
 * newest such version is a delete or has expired. Steps like a cursor; owns `source` and closes it.
 *
 * Forward, the newest version comes first: it is shown where it lies, and the older ones are passed over on the next move
 * by comparing with a copy of its key. Backward it comes last, so each version that may be seen is copied, until the key
 * changes; `source` then already stands on the key before. Every step that `source` cannot take in memory leaves the
 * iterator `unloaded` with that much state, and is taken up again after loading. So does a long stretch of entries that
 * are not shown (deletes above all): the caller's own loop of loads is where other work gets its turn. Where such a
 * stretch is known already, it is leapt over (`KnownGaps`); where it is not, it is made known, within the range: `source`
 * may leave out what lies beyond it.
 * An entry whose value is not in its table leaves it `unloaded` too: only values that are shown are read.
 */
export class VisibleIterator implements Cursor {
  state: CursorState = CursorState.end;
  /** Of `source` when forward, our own copy when backward. */
  entry: Entry;
  /** Entries that were passed on the way, shown or not: the work that was done. */
  passed = 0;
  readonly #source: Cursor;
  readonly #range: KeyRange;
  readonly #handOut: HandOut | undefined;
  readonly #atSequence: number;
  readonly #nowMs: number;
  readonly #values: ValueSource | undefined;
  readonly #copy = new Entry();
  /**
   * Forward: `#copy` has the key shown last, whose older versions are still to be passed over. Backward: `#copy` is the
   * version to be shown, unless a newer one follows.
   */
  #hasCopy = false;
  /** Forward: so many first bytes of the key under `source` are known to be those of the key in `#copy`. */
  #known = 0;
  #isForward = true;
  readonly #walk: GapWalk;
  /** The entry to be shown is found, and only its value is still to be read. */
  #lacksValue = false;

  /**
   * @param range its bytes must not change: they may end up as the ends of a gap
   * @param values where values come from that are not in their tables; without it such entries are shown as they are
   */
  constructor(
    source: Cursor,
    range: Walk,
    atSequence: number,
    nowMs: number,
    gaps: KnownGaps = NO_GAPS,
    values?: ValueSource,
  ) {
    this.#source = source;
    this.#range = range;
    this.#handOut = range.handOut;
    this.#atSequence = atSequence;
    this.#nowMs = nowMs;
    this.#values = values;
    this.entry = this.#copy;
    this.#walk = new GapWalk(gaps, { sequence: atSequence, nowMs });
  }

  seekToFirst(): void {
    this.#seekForward(this.#range.start);
  }

  seekToLast(): void {
    this.#seekBackward(this.#range.end);
  }

  seek(key: Uint8Array): void {
    const { start } = this.#range;
    this.#seekForward(start !== undefined && compareBytes(key, start) < 0 ? start : key);
  }

  seekBefore(key: Uint8Array): void {
    const { end } = this.#range;
    this.#seekBackward(end !== undefined && compareBytes(key, end) > 0 ? end : key);
  }

  next(): void {
    assert(this.state === CursorState.ready, 'next needs an entry');
    this.passed++;
    if (this.#isForward) this.#source.next();
    else {
      this.#source.seek(this.#copy.keyBytes.subarray(this.#copy.keyStart, this.#copy.keyEnd));
      this.#isForward = true;
    }
    this.#advance();
  }

  previous(): void {
    assert(this.state === CursorState.ready, 'previous needs an entry');
    this.passed++;
    if (this.#isForward) {
      this.#source.seekBefore(this.#copy.keyBytes.subarray(this.#copy.keyStart, this.#copy.keyEnd));
      this.#isForward = false;
    }
    this.#hasCopy = false;
    this.#retreat();
  }

  async load(): Promise<void> {
    if (this.#lacksValue) {
      await this.#values!.load(this.entry);
      this.#valueLoaded();
      return;
    }
    if (this.#source.state === CursorState.unloaded) await this.#source.load();
    this.#goOn();
  }

  loadSync(): void {
    if (this.#lacksValue) {
      this.#values!.loadSync(this.entry);
      this.#valueLoaded();
      return;
    }
    if (this.#source.state === CursorState.unloaded) this.#source.loadSync();
    this.#goOn();
  }

  close(): void {
    this.#lacksValue = false;
    this.state = CursorState.end;
    this.#walk.end();
    this.#source.close();
  }

  #show(entry: Entry): void {
    this.entry = entry;
    if (this.#handOut !== undefined) this.#handOut.count++;
    // With the entry before in `source`, which need not be shown.
    entry.keyShared = 0;
    const values = this.#values;
    this.#lacksValue = values !== undefined && entry.valuePlace === ValuePlace.separate && !values.loadNow(entry);
    this.state = this.#lacksValue ? CursorState.unloaded : CursorState.ready;
  }

  /** Closed meanwhile, it stays so. */
  #valueLoaded(): void {
    if (!this.#lacksValue) return;
    this.#lacksValue = false;
    this.state = CursorState.ready;
  }

  #seekForward(key: Uint8Array | undefined): void {
    this.#isForward = true;
    this.#lacksValue = false;
    this.#hasCopy = false;
    const gap = this.#walk.seekForward(key);
    if (gap !== undefined) {
      if (!this.#leapForward(gap)) return;
    } else if (key === undefined) this.#source.seekToFirst();
    else this.#source.seek(key);
    this.#advance();
  }

  #seekBackward(key: Uint8Array | undefined): void {
    this.#isForward = false;
    this.#lacksValue = false;
    this.#hasCopy = false;
    const gap = this.#walk.seekBackward(key);
    if (gap !== undefined) {
      if (!this.#leapBackward(gap)) return;
    } else if (key === undefined) this.#source.seekToLast();
    else this.#source.seekBefore(key);
    this.#retreat();
  }

  /** False when the range ends within the gap, and so here. */
  #leapForward(gap: Gap): boolean {
    const { end } = this.#range;
    if (gap.end === undefined || (end !== undefined && compareBytes(gap.end, end) >= 0)) {
      this.#endRange(end);
      return false;
    }
    this.#source.seek(gap.end);
    return true;
  }

  /** As `leapForward`, to the keys before the gap. */
  #leapBackward(gap: Gap): boolean {
    const { start } = this.#range;
    this.#hasCopy = false;
    if (compareBytes(gap.start, start ?? emptyBytes()) <= 0) {
      this.#endRange(start);
      return false;
    }
    this.#source.seekBefore(gap.start);
    return true;
  }

  #endRange(edge: Uint8Array | undefined): void {
    this.#walk.passedRange(edge);
    this.state = CursorState.end;
  }

  #goOn(): void {
    if (this.#isForward) this.#advance();
    else this.#retreat();
  }

  #advance(): void {
    const source = this.#source;
    for (let passed = 1; source.state === CursorState.ready; passed++) {
      if (passed % ENTRIES_A_LOOK === 0 && !this.#isPastEnd(source.entry)) {
        const gap = this.#walk.lookForward(source.entry);
        if (gap !== undefined) {
          if (this.#leapForward(gap)) continue;
          return;
        }
        if (passed >= ENTRIES_PASSED_MAX) {
          this.#walk.passedForward(source.entry);
          this.state = CursorState.unloaded;
          return;
        }
      }
      if (this.#decideForward(source.entry)) return;
      this.passed++;
      source.next();
    }
    if (source.state === CursorState.end) this.#endRange(this.#range.end);
    else this.state = source.state;
  }

  /** True when the state is known: `entry` is to be shown, or the range ends before it. */
  #decideForward(entry: Entry): boolean {
    const copy = this.#copy;
    const { keyBytes, keyStart, keyEnd, keyShared } = entry;
    // Of three keys in order, the outer two share what they both share with the one between.
    if (keyShared < this.#known) this.#known = keyShared;
    if (entry.sequence > this.#atSequence) return false;
    const isOlderVersion =
      this.#hasCopy && equalRanges(keyBytes, keyStart, keyEnd, copy.keyBytes, copy.keyStart, copy.keyEnd);
    if (isOlderVersion) return false;
    if (this.#isPastEnd(entry)) {
      this.#endRange(this.#range.end);
      return true;
    }
    copyKey(entry, copy, this.#known);
    this.#known = keyEnd - keyStart;
    this.#hasCopy = true;
    if (isAbsent(entry, this.#nowMs)) return false;
    if (this.#walk.isBegun) {
      this.#walk.passedForward(entry);
      this.#walk.end();
    }
    this.#show(entry);
    return true;
  }

  #retreat(): void {
    const source = this.#source;
    for (let passed = 1; source.state === CursorState.ready; passed++) {
      if (passed % ENTRIES_A_LOOK === 0 && !this.#isBeforeStart(source.entry)) {
        const last = this.#hasCopy ? this.#copy : source.entry;
        const gap = this.#walk.lookBackward(last);
        if (gap !== undefined) {
          if (this.#leapBackward(gap)) continue;
          return;
        }
        if (passed >= ENTRIES_PASSED_MAX) {
          this.#walk.passedBackward(last);
          this.state = CursorState.unloaded;
          return;
        }
      }
      if (this.#decideBackward(source.entry)) return;
      this.passed++;
      source.previous();
    }
    if (source.state !== CursorState.end) this.state = source.state;
    else if (!this.#hasCopy || !this.#showCopy()) this.#endRange(this.#range.start);
  }

  /** True when the state is known: the copy is to be shown, or the range begins after `entry`. */
  #decideBackward(entry: Entry): boolean {
    const copy = this.#copy;
    const { keyBytes, keyStart, keyEnd } = entry;
    if (this.#hasCopy && !equalRanges(keyBytes, keyStart, keyEnd, copy.keyBytes, copy.keyStart, copy.keyEnd)) {
      if (this.#showCopy()) return true;
      this.#hasCopy = false;
    }
    if (this.#isBeforeStart(entry)) {
      this.#endRange(this.#range.start);
      return true;
    }
    if (entry.sequence <= this.#atSequence) {
      copyEntry(entry, copy);
      this.#hasCopy = true;
    }
    return false;
  }

  #isPastEnd({ keyBytes, keyStart, keyEnd }: Entry): boolean {
    const { end } = this.#range;
    return end !== undefined && compareRanges(keyBytes, keyStart, keyEnd, end, 0, end.length) >= 0;
  }

  #isBeforeStart({ keyBytes, keyStart, keyEnd }: Entry): boolean {
    const { start } = this.#range;
    return start !== undefined && compareRanges(keyBytes, keyStart, keyEnd, start, 0, start.length) < 0;
  }

  #showCopy(): boolean {
    if (isAbsent(this.#copy, this.#nowMs)) return false;
    if (this.#walk.isBegun) {
      this.#walk.passedBackward(this.#copy);
      this.#walk.end();
    }
    this.#show(this.#copy);
    return true;
  }
}

/** Of an iterator on its own: nothing is ever known of its gaps. */
const NO_GAPS = new KnownGaps(() => NaN);
