import { toEpoch, toSequence, type Epoch, type PartitionId, type Sequence } from '../base/numbers.js';
import { LogRecordKind, type LogRecord } from './log-record.js';
import type { SegmentContents } from './segment-contents.js';

/** How far the history of one partition had got: its last record. */
export interface LogPosition {
  /** 0 when the last thing that was said of the partition is a truncation: which epoch is left then, is not known. */
  readonly epoch: Epoch;
  readonly sequence: Sequence;
}

/** By partition; one that was never written to is not there. */
export type LogReach = ReadonlyMap<PartitionId, LogPosition>;

/** Follows a history, and knows how far it has got, also by segments that are gone. */
export class ReachCounter {
  readonly #positions = new Map<PartitionId, LogPosition>();

  get reach(): LogReach {
    return this.#positions;
  }

  /** A segment begins here, and says how far the history had got before it. */
  begin(reach: LogReach): void {
    for (const [partition, position] of reach) this.#positions.set(partition, position);
  }

  add({ kind, partition, epoch, sequence }: LogRecord): void {
    if (kind !== LogRecordKind.truncate) this.#positions.set(partition, { epoch, sequence });
    else this.#truncate(partition, sequence);
  }

  /** As `add` of each record that the contents were made of. */
  absorb(contents: SegmentContents): void {
    for (const { partition, lastEpoch, lastSequence, lastKept } of contents.ends()) {
      if (lastKept !== undefined) this.#truncate(partition, lastKept);
      const before = this.#positions.get(partition)?.sequence ?? 0;
      if (lastSequence > before) {
        this.#positions.set(partition, { epoch: toEpoch(lastEpoch), sequence: toSequence(lastSequence) });
      }
    }
  }

  #truncate(partition: PartitionId, lastKept: number): void {
    const before = this.#positions.get(partition)?.sequence ?? 0;
    this.#positions.set(partition, { epoch: toEpoch(0), sequence: toSequence(Math.min(before, lastKept)) });
  }
}
