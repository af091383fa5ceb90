import { compareBytes, compareRanges } from '../../base/bytes.js';
import { BatchReader } from '../batch.js';
import { Operation } from '../entry.js';
import { successor } from '../iterator/key-range.js';
import { DeadStretch } from './dead-stretch.js';
import { mergedGap, spanCovers, type Gap, type Moment } from './gap.js';

/** A queue or two dozen of them; a put looks through so many by halving, in a tenth of a microsecond. */
const GAPS_MAX = 64;

export interface GapStats {
  /** Stretches known now. */
  readonly count: number;
  /** How often a seek or a walk came into one and went on behind it. */
  readonly leaps: number;
}

/**
 * Where a tree has nothing to show.
 *
 * Who puts at one end and deletes at the other, and reads the first key each time, leaves a desert of tombstones in front
 * of it: every read would walk through all of it, until a compaction has cleared it away. Here the tree remembers what such
 * a walk has found out, so that the next one begins behind it.
 *
 * **What a gap says.** No reader at or after the gap's moment (its sequence and its time) sees a key in the gap's span.
 * Sequence and time both have to be as late: an older snapshot may see what was deleted since, an earlier time what has
 * expired since.
 *
 * **Why it stays true.** Time takes values away and never brings one back; so does a delete; flush and compaction change
 * nothing that a reader sees. Only a put can make a key of the span visible, and `notice` is told of each before it can be
 * read, in the same turn: it cuts the key out. So whatever the list holds is true of the present state, and as a reader at
 * or after the moment sees at most what was put up to its own sequence, it is true for a reader that began before a cut,
 * too.
 *
 * **Why it is true at first.** A walk at sequence _s_ has found nothing at _s_; what was put between _s_ and the recording
 * it has not seen. So a walk must be known here from a moment at which nothing newer than _s_ had been written
 * (`beginStretch` is `undefined` otherwise, and the walk records nothing); from then on each put is noticed by the
 * `DeadStretch` as well, which gives up what lies beyond it.
 *
 * Two gaps that meet become one, of the later of both moments. Writes look here only while there is a gap or a walk that
 * may become one, and the list is short: beyond `GAPS_MAX` the one used longest ago is forgotten. All of it is in memory
 * only, and forgetting is always right.
 */
export class KnownGaps {
  readonly #lastSequence: () => number;
  /** In key order; they do not overlap. */
  readonly #gaps: Gap[] = [];
  readonly #stretches = new Set<DeadStretch>();
  readonly #reader = new BatchReader();
  #uses = 0;
  #leaps = 0;

  /** @param lastSequence of the last record that was applied */
  constructor(lastSequence: () => number) {
    this.#lastSequence = lastSequence;
  }

  /** True when writes need not be noticed. */
  get isIdle(): boolean {
    return this.#gaps.length === 0 && this.#stretches.size === 0;
  }

  get stats(): GapStats {
    return { count: this.#gaps.length, leaps: this.#leaps };
  }

  /**
   * A batch is about to be applied: what it puts is cut out.
   * @throws CoreCacheError of `BatchReader`
   */
  notice(batch: Uint8Array): void {
    const reader = this.#reader;
    reader.reset(batch);
    while (reader.next()) {
      const { operation, keyBytes, keyStart, keyEnd } = reader.entry;
      if (operation !== Operation.delete) this.#cut(keyBytes, keyStart, keyEnd);
    }
  }

  /** A gap that holds `key`, for a reader of that moment. */
  around(key: Uint8Array, moment: Moment): Gap | undefined {
    const gap = this.#gaps[this.#firstEndingAfter(key, 0, key.length)];
    return gap !== undefined && compareBytes(gap.start, key) <= 0 ? this.#used(gap, moment) : undefined;
  }

  /** A gap that holds the keys just before `key` (`undefined`: the last of all), for a reader of that moment. */
  before(key: Uint8Array | undefined, moment: Moment): Gap | undefined {
    const gap = key === undefined ? this.#gaps.at(-1) : this.#gaps[this.#firstEndingAtOrAfter(key)];
    if (gap === undefined) return undefined;
    const isBefore = key === undefined ? gap.end === undefined : compareBytes(gap.start, key) < 0;
    return isBefore ? this.#used(gap, moment) : undefined;
  }

  /**
   * A walk that has shown nothing since `edge` and goes on: from `edge` on when forward, else down from just below it
   * (`undefined`: from the last key of all). `undefined` when something was written after the walk's moment. Close it.
   */
  beginStretch(edge: Uint8Array | undefined, isForward: boolean, moment: Moment): DeadStretch | undefined {
    if (this.#lastSequence() !== moment.sequence) return undefined;
    const stretch = new DeadStretch(edge, isForward, {
      record: (start, end) => this.#record({ ...moment, start, end, usedAt: ++this.#uses }),
      closed: () => this.#stretches.delete(stretch),
    });
    this.#stretches.add(stretch);
    return stretch;
  }

  #used(gap: Gap, moment: Moment): Gap | undefined {
    if (moment.sequence < gap.sequence || moment.nowMs < gap.nowMs) return undefined;
    gap.usedAt = ++this.#uses;
    this.#leaps++;
    return gap;
  }

  #record(found: Gap): void {
    const gaps = this.#gaps;
    const first = this.#firstEndingAtOrAfter(found.start);
    let end = first;
    let merged = found;
    for (; end < gaps.length; end++) {
      const gap = gaps[end]!;
      if (found.end !== undefined && compareBytes(gap.start, found.end) > 0) break;
      // What lies within it is known anew, so its moment no longer counts.
      if (!spanCovers(found, gap)) merged = mergedGap(merged, gap);
    }
    gaps.splice(first, end - first, merged);
    this.#forgetBeyondMax();
  }

  #cut(keyBytes: Uint8Array, keyStart: number, keyEnd: number): void {
    for (const stretch of this.#stretches) stretch.notice(keyBytes, keyStart, keyEnd);
    const position = this.#firstEndingAfter(keyBytes, keyStart, keyEnd);
    const gap = this.#gaps[position];
    if (gap === undefined) return;
    const { start, end } = gap;
    const order = compareRanges(start, 0, start.length, keyBytes, keyStart, keyEnd);
    if (order > 0) return;
    const key = Uint8Array.from(keyBytes.subarray(keyStart, keyEnd));
    const after = successor(key);
    const rest: Gap[] = [];
    if (order < 0) rest.push({ ...gap, end: key });
    if (end === undefined || compareBytes(after, end) < 0) rest.push({ ...gap, start: after });
    this.#gaps.splice(position, 1, ...rest);
    this.#forgetBeyondMax();
  }

  #forgetBeyondMax(): void {
    const gaps = this.#gaps;
    if (gaps.length <= GAPS_MAX) return;
    let oldest = 0;
    for (let i = 1; i < gaps.length; i++) if (gaps[i]!.usedAt < gaps[oldest]!.usedAt) oldest = i;
    gaps.splice(oldest, 1);
  }

  #firstEndingAfter(keyBytes: Uint8Array, keyStart: number, keyEnd: number): number {
    return this.#firstWhere(({ end }) => compareRanges(end, 0, end.length, keyBytes, keyStart, keyEnd) > 0);
  }

  #firstEndingAtOrAfter(key: Uint8Array): number {
    return this.#firstWhere(({ end }) => compareBytes(end, key) >= 0);
  }

  /** Of what holds for all gaps from some on; it holds for one without end. */
  #firstWhere(holds: (gap: { readonly end: Uint8Array }) => boolean): number {
    let low = 0;
    let high = this.#gaps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { end } = this.#gaps[middle]!;
      if (end === undefined || holds({ end })) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
