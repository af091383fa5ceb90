import type { FileNumber, PartitionId, Sequence } from '../base/numbers.js';
import { messageOf } from '../base/errors.js';
import type { FileSystem } from '../env/file-system.js';
import type { Logger } from '../env/logger.js';
import type { SegmentContents } from './segment-contents.js';

export interface RetainedSegment {
  readonly number: FileNumber;
  readonly path: string;
  /** Length that is in force; of the last segment, what has been written so far. */
  bytes: number;
  readonly contents: SegmentContents;
}

/** Keeps a partition's history in the log for a reader, beyond what the partition itself needs. */
export interface LogHold {
  /** The history up to `sequence` is not needed any more. */
  advance(sequence: Sequence): void;
  release(): void;
  /** True when the log held back more than it may and let go: the history may be gone. */
  readonly isBroken: boolean;
}

/**
 * Which segments must stay, and the deletion of those that need not.
 *
 * A segment is needed while some partition has history in it that is not in tables yet, or while a hold wants it. Segments
 * go oldest first, each removal synced before the next, so that after a power cut the log has no gap.
 */
export class Retention {
  readonly #segments: RetainedSegment[];
  readonly #released = new Map<PartitionId, number>();
  readonly #holds = new Set<Hold>();
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #heldBytesMax: number;
  #deletion: Promise<void> | undefined = undefined;

  constructor(
    segments: RetainedSegment[],
    { fileSystem, logger }: { fileSystem: FileSystem; logger: Logger },
    directory: string,
    heldBytesMax: number,
  ) {
    this.#segments = segments;
    this.#fileSystem = fileSystem;
    this.#logger = logger;
    this.#directory = directory;
    this.#heldBytesMax = heldBytesMax;
  }

  /** Oldest first; the last one is being written. */
  get segments(): readonly RetainedSegment[] {
    return this.#segments;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** A new segment is written from now on. */
  begin(segment: RetainedSegment): void {
    this.#segments.push(segment);
    this.collect();
  }

  /** A group was written to the last segment. */
  extend(bytes: number, contents: SegmentContents): void {
    const last = this.#segments.at(-1)!;
    last.bytes = bytes;
    last.contents.absorb(contents);
    for (const { partition, lastKept } of contents.truncations) {
      for (const earlier of this.#segments.slice(0, -1)) earlier.contents.truncate(partition, lastKept);
    }
  }

  release(partition: PartitionId, sequence: Sequence): void {
    if (sequence <= (this.#released.get(partition) ?? -1)) return;
    this.#released.set(partition, sequence);
    this.collect();
  }

  hold(partition: PartitionId, afterSequence: Sequence): LogHold {
    const hold = new Hold(this, partition, afterSequence);
    this.#holds.add(hold);
    return hold;
  }

  letGo(hold: Hold): void {
    this.#holds.delete(hold);
    this.collect();
  }

  /** Begins to delete what nobody needs. */
  collect(): void {
    if (this.#deletion !== undefined || !this.#isFirstFree()) return;
    this.#deletion = this.#deleteFree().finally(() => (this.#deletion = undefined));
  }

  /** Resolves when no deletion is under way. */
  async settled(): Promise<void> {
    await this.#deletion;
  }

  async #deleteFree(): Promise<void> {
    while (this.#isFirstFree()) {
      const { path } = this.#segments[0]!;
      try {
        if (await this.#fileSystem.exists(path)) await this.#fileSystem.remove(path);
        await this.#fileSystem.syncDirectory(this.#directory);
      } catch (error) {
        // It stays at the head of the list and is tried again by the next release.
        this.#logger.warn('log segment could not be deleted', { path, error: messageOf(error) });
        return;
      }
      this.#segments.shift();
    }
  }

  #isFirstFree(): boolean {
    const first = this.#segments[0];
    if (first === undefined || this.#segments.length === 1 || first.contents.isNeeded(this.#released)) return false;
    const holders = [...this.#holds].filter((hold) => first.contents.reachesPast(hold.partition, hold.afterSequence));
    if (holders.length > 0 && this.#heldBytes() <= this.#heldBytesMax) return false;
    for (const hold of holders) {
      hold.isBroken = true;
      this.#holds.delete(hold);
      this.#logger.warn('log holds back too much for a reader and lets go', { partition: hold.partition });
    }
    return true;
  }

  /** Bytes of the segments that would be gone without holds. */
  #heldBytes(): number {
    let bytes = 0;
    for (const segment of this.#segments.slice(0, -1)) {
      if (segment.contents.isNeeded(this.#released)) break;
      bytes += segment.bytes;
    }
    return bytes;
  }
}

class Hold implements LogHold {
  isBroken = false;
  readonly partition: PartitionId;
  readonly #retention: Retention;
  #afterSequence: Sequence;

  constructor(retention: Retention, partition: PartitionId, afterSequence: Sequence) {
    this.#retention = retention;
    this.partition = partition;
    this.#afterSequence = afterSequence;
  }

  get afterSequence(): Sequence {
    return this.#afterSequence;
  }

  advance(sequence: Sequence): void {
    if (sequence <= this.#afterSequence) return;
    this.#afterSequence = sequence;
    this.#retention.collect();
  }

  release(): void {
    this.#retention.letGo(this);
  }
}
