import type { PartitionId } from '../../base/numbers.js';
import { ReachCounter, type LogPosition, type LogReach } from '../log-reach.js';
import { LogRecordKind, type LogRecord } from '../log-record.js';

/**
 * One partition's records out of a log that may have holes, each once.
 *
 * A record may come twice: a restart copies the end of a segment into the next. A truncation takes back what is above it;
 * one that stood in a hole shows by a sequence that comes again in a higher epoch, and then takes back as much.
 */
export class SalvagedHistory {
  foreignRecords = 0;
  readonly #partition: PartitionId;
  readonly #counter = new ReachCounter();
  readonly #records = new Map<number, LogRecord>();

  constructor(partition: PartitionId) {
    this.#partition = partition;
  }

  /** How far the history had got; `undefined` when nothing says so. */
  get reached(): LogPosition | undefined {
    return this.#counter.reach.get(this.#partition);
  }

  /** A segment begins here. */
  begin(reach: LogReach): void {
    this.#counter.begin(reach);
  }

  add(record: LogRecord): void {
    this.#counter.add(record);
    if (record.partition !== this.#partition) {
      this.foreignRecords++;
      return;
    }
    if (record.kind === LogRecordKind.truncate) {
      this.#takeBack(record.sequence);
      return;
    }
    const known = this.#records.get(record.sequence);
    if (known !== undefined && known.epoch < record.epoch) this.#takeBack(record.sequence - 1);
    this.#records.set(record.sequence, record);
  }

  /** By rising sequence. */
  records(): LogRecord[] {
    return [...this.#records.values()].sort((a, b) => a.sequence - b.sequence);
  }

  #takeBack(lastKept: number): void {
    for (const sequence of this.#records.keys()) if (sequence > lastKept) this.#records.delete(sequence);
  }
}
