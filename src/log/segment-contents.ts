import type { PartitionId } from '../base/numbers.js';
import { LogRecordKind, type LogRecord } from './log-record.js';

interface PartitionContents {
  /** The highest sequence that is still part of the history. */
  lastSequence: number;
  /** Of the last record; 0 when that is a truncation. */
  lastEpoch: number;
  readonly truncations: Truncation[];
}

export interface PartitionEnd {
  readonly partition: PartitionId;
  readonly lastSequence: number;
  readonly lastEpoch: number;
  readonly lastKept: number | undefined;
}

interface Truncation {
  /** How many records of the segment come before it. */
  readonly ordinal: number;
  readonly lastKept: number;
}

/** What is remembered of the records of a segment, or of a group on its way into one: enough to know who needs it. */
export class SegmentContents {
  recordCount = 0;
  readonly #partitions = new Map<PartitionId, PartitionContents>();

  add(record: LogRecord): void {
    const contents = this.#contentsOf(record.partition);
    if (record.kind === LogRecordKind.truncate) {
      contents.truncations.push({ ordinal: this.recordCount, lastKept: record.sequence });
      contents.lastSequence = Math.min(contents.lastSequence, record.sequence);
      contents.lastEpoch = 0;
    } else if (record.sequence > contents.lastSequence) {
      contents.lastSequence = record.sequence;
      contents.lastEpoch = record.epoch;
    }
    this.recordCount++;
  }

  /** Adds what `next` holds behind what is here. */
  absorb(next: SegmentContents): void {
    for (const [partition, { lastSequence, lastEpoch, truncations }] of next.#partitions) {
      const contents = this.#contentsOf(partition);
      for (const { ordinal, lastKept } of truncations) {
        contents.truncations.push({ ordinal: this.recordCount + ordinal, lastKept });
        contents.lastSequence = Math.min(contents.lastSequence, lastKept);
      }
      contents.lastSequence = Math.max(contents.lastSequence, lastSequence);
      contents.lastEpoch = lastEpoch;
    }
    this.recordCount += next.recordCount;
  }

  /** A later segment voids the partition's history above `lastKept`. */
  truncate(partition: PartitionId, lastKept: number): void {
    const contents = this.#partitions.get(partition);
    if (contents !== undefined) contents.lastSequence = Math.min(contents.lastSequence, lastKept);
  }

  /** True when it holds history of the partition above `sequence`. */
  reachesPast(partition: PartitionId, sequence: number): boolean {
    const contents = this.#partitions.get(partition);
    return contents !== undefined && contents.lastSequence > sequence;
  }

  /** True when some partition has history here above what `released` says of it. */
  isNeeded(released: ReadonlyMap<PartitionId, number>): boolean {
    for (const [partition, { lastSequence }] of this.#partitions) {
      if (lastSequence > (released.get(partition) ?? -1)) return true;
    }
    return false;
  }

  /** The least `lastKept` of the partition's truncations from the record `ordinal` on; `undefined` without one. */
  truncatedTo(partition: PartitionId, ordinal = 0): number | undefined {
    let least: number | undefined;
    for (const truncation of this.#partitions.get(partition)?.truncations ?? []) {
      if (truncation.ordinal >= ordinal) least = Math.min(least ?? Infinity, truncation.lastKept);
    }
    return least;
  }

  get truncations(): { readonly partition: PartitionId; readonly lastKept: number }[] {
    return [...this.#partitions].flatMap(([partition, { truncations }]) =>
      truncations.map(({ lastKept }) => ({ partition, lastKept })),
    );
  }

  /** Where the history of each partition ends, and `lastKept` of the truncations before that. */
  *ends(): Generator<PartitionEnd> {
    for (const [partition, { lastSequence, lastEpoch }] of this.#partitions) {
      yield { partition, lastSequence, lastEpoch, lastKept: this.truncatedTo(partition) };
    }
  }

  clear(): void {
    this.recordCount = 0;
    this.#partitions.clear();
  }

  #contentsOf(partition: PartitionId): PartitionContents {
    let contents = this.#partitions.get(partition);
    if (contents === undefined) {
      contents = { lastSequence: 0, lastEpoch: 0, truncations: [] };
      this.#partitions.set(partition, contents);
    }
    return contents;
  }
}
