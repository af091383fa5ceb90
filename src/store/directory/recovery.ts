import { corruption } from '../../base/errors.js';
import type { PartitionId } from '../../base/numbers.js';
import type { LogReach } from '../../log/log-reach.js';
import { LogRecordKind, type LogRecord } from '../../log/log-record.js';
import type { Tree } from '../../lsm/tree/tree.js';

/**
 * Brings a tree to the end of the log.
 *
 * The tree holds everything up to its flushed sequence in tables; the log holds everything after it, and often a part of
 * what was flushed. The records between are collected while the log opens, and applied when it has been read to its end:
 * not sooner, because a later truncate record takes back earlier ones, and what is in a memtable or a table cannot be
 * taken back. What waits are views of the segments' bytes, so it is bounded by what the tree had not flushed.
 *
 * What must hold, or records were lost: beyond the flushed sequence there is no gap, and a truncation never reaches
 * below it; and tables and log together go as far as the log says that it had got when its segments were begun, or
 * whole segments are gone that were still needed. The log may end before the flushed sequence: with durability `os`,
 * tables are synced sooner than the log.
 */
export class Recovery {
  readonly #partition: PartitionId;
  readonly #tree: Tree;
  readonly #logDirectory: string;
  #records: LogRecord[] = [];
  #lastSequence: number;
  #lastEpoch: number;

  constructor(partition: PartitionId, tree: Tree, logDirectory: string) {
    this.#partition = partition;
    this.#tree = tree;
    this.#logDirectory = logDirectory;
    this.#lastSequence = tree.flushedSequence;
    this.#lastEpoch = tree.lastEpoch;
  }

  /** @throws CoreCacheError `CORRUPTION` when records before this one are missing */
  add(record: LogRecord): void {
    const { kind, partition, epoch, sequence } = record;
    const flushed = this.#tree.flushedSequence;
    if (partition !== this.#partition)
      throw this.#damage(`holds a record of partition ${partition}, which is not here`);
    if (kind === LogRecordKind.truncate) {
      if (sequence < flushed) throw this.#damage(`takes back what is in tables: ${sequence} is below ${flushed}`);
      while (this.#records.length > 0 && this.#records.at(-1)!.sequence > sequence) this.#records.pop();
      this.#lastSequence = Math.min(this.#lastSequence, sequence);
      return;
    }
    if (sequence <= flushed) return;
    if (sequence !== this.#lastSequence + 1) {
      throw this.#damage(`goes from record ${this.#lastSequence} to ${sequence}: what was between is lost`);
    }
    if (epoch < this.#lastEpoch) throw this.#damage(`falls from epoch ${this.#lastEpoch} to ${epoch} at ${sequence}`);
    this.#lastSequence = sequence;
    this.#lastEpoch = epoch;
    this.#records.push(record);
  }

  /**
   * Holds what tables and log have against how far the log says that it had got.
   * @throws CoreCacheError `CORRUPTION` when the segments that held what is between are gone
   */
  check(reach: LogReach): void {
    for (const [partition, { epoch, sequence }] of reach) {
      if (partition !== this.#partition) throw this.#damage(`had records of partition ${partition}, which is not here`);
      const last = this.#lastSequence;
      if (sequence > last) {
        throw this.#damage(`had got to write ${sequence}, and tables and log end at ${last}: what was between is lost`);
      }
      if (epoch > this.#lastEpoch) throw this.#damage(`had got to epoch ${epoch}, not only ${this.#lastEpoch}`);
    }
  }

  /** Applies what was collected; waits for flushes when it is more than the memtables should hold. Returns how many. */
  async finish(): Promise<number> {
    const records = this.#records;
    this.#records = [];
    for (const { kind, epoch, sequence, payload } of records) {
      if (!this.#tree.isWritable) await this.#tree.untilWritable();
      if (kind === LogRecordKind.write) this.#tree.apply(sequence, epoch, payload);
      else this.#tree.advance(sequence, epoch);
    }
    return records.length;
  }

  #damage(what: string): Error {
    return corruption(this.#logDirectory, undefined, `the log ${what}`);
  }
}
