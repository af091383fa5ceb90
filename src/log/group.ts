import { assert } from '../base/assert.js';
import { crc32 } from '../base/checksum.js';
import { GROUP_HEADER_BYTES, writeGroupHeader } from './group-header.js';
import type { LogDurability, LogRecord, LogWaiter } from './log-record.js';
import { recordBytesMax, writeRecord } from './record-codec.js';
import { SegmentContents } from './segment-contents.js';

const INITIAL_BYTES = 64 * 1024;
/** A buffer that one large record made larger than this is given back. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Records on their way into the log, encoded as they arrive behind room for the group's header. Two groups take turns:
 * one is filled while the other is written.
 */
export class Group {
  needsSync = false;
  /** Some record wants to be synced within the interval. */
  wantsSyncSoon = false;
  readonly waiters: LogWaiter[] = [];
  readonly contents = new SegmentContents();
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #end = GROUP_HEADER_BYTES;

  /** Encoded bytes, the group's header included. */
  get length(): number {
    return this.#end;
  }

  get isEmpty(): boolean {
    return this.waiters.length === 0 && !this.needsSync;
  }

  add(record: LogRecord, durability: LogDurability, waiter: LogWaiter): void {
    const endMax = this.#end + recordBytesMax(record);
    if (endMax > this.#bytes.length) this.#grow(endMax);
    this.#end = writeRecord(this.#bytes, this.#end, record);
    this.contents.add(record);
    this.waiters.push(waiter);
    if (durability === 'fsync') this.needsSync = true;
    else if (durability === 'interval') this.wantsSyncSoon = true;
  }

  /** Makes the header and returns the whole group, a view that is valid until `clear`. */
  seal(seed: number, offset: number, syncedEnd: number): Uint8Array {
    assert(syncedEnd <= offset, 'only what is written is synced');
    const body = this.#bytes.subarray(GROUP_HEADER_BYTES, this.#end);
    writeGroupHeader(this.#bytes, seed, {
      offset,
      bodyLength: body.length,
      bodyChecksum: crc32(body),
      syncedEnd,
      recordCount: this.contents.recordCount,
    });
    return this.#bytes.subarray(0, this.#end);
  }

  clear(): void {
    this.needsSync = false;
    this.wantsSyncSoon = false;
    this.waiters.length = 0;
    this.contents.clear();
    this.#end = GROUP_HEADER_BYTES;
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  }

  #grow(lengthMin: number): void {
    const grown = Buffer.allocUnsafe(Math.max(lengthMin, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}
