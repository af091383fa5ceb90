import { assert } from '../base/assert.js';
import { crc32 } from '../base/checksum.js';
import { GROUP_HEADER_BYTES, writeGroupHeader } from './group-header.js';
import type { LogDurability, LogRecord, LogWaiter } from './log-record.js';
import { RECORD_OVERHEAD_BYTES_MAX, writeRecord, writeRecordHead } from './record-codec.js';
import { SegmentContents } from './segment-contents.js';

const INITIAL_BYTES = 64 * 1024;
/** A buffer that many small records made larger than this is given back. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
/** From this length on, one more buffer in the call that writes costs less than copying the payload. */
const UNCOPIED_PAYLOAD_BYTES_MIN = 16 * 1024;

/** A payload that is written from where it is, behind the first `after` encoded bytes. */
interface UncopiedPayload {
  readonly after: number;
  readonly payload: Uint8Array;
}

/**
 * Records on their way into the log, encoded as they arrive behind room for the group's header; long payloads stay where
 * they are until they are written. Two groups take turns: one is filled while the other is written.
 */
export class Group {
  needsSync = false;
  /** Some record wants to be synced within the interval. */
  wantsSyncSoon = false;
  readonly waiters: LogWaiter[] = [];
  readonly contents = new SegmentContents();
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #end = GROUP_HEADER_BYTES;
  readonly #uncopied: UncopiedPayload[] = [];
  #uncopiedBytes = 0;

  /** Of the group as it is written, its header included. */
  get length(): number {
    return this.#end + this.#uncopiedBytes;
  }

  get isEmpty(): boolean {
    return this.waiters.length === 0 && !this.needsSync;
  }

  add(record: LogRecord, durability: LogDurability, waiter: LogWaiter): void {
    const { payload } = record;
    const isCopied = payload.length < UNCOPIED_PAYLOAD_BYTES_MIN;
    const endMax = this.#end + RECORD_OVERHEAD_BYTES_MAX + (isCopied ? payload.length : 0);
    if (endMax > this.#bytes.length) this.#grow(endMax);
    if (isCopied) this.#end = writeRecord(this.#bytes, this.#end, record);
    else {
      this.#end = writeRecordHead(this.#bytes, this.#end, record);
      this.#uncopied.push({ after: this.#end, payload });
      this.#uncopiedBytes += payload.length;
    }
    this.contents.add(record);
    this.waiters.push(waiter);
    if (durability === 'fsync') this.needsSync = true;
    else if (durability === 'interval') this.wantsSyncSoon = true;
  }

  /** Makes the header and returns the whole group, as views one after the other that are valid until `clear`. */
  seal(seed: number, offset: number, syncedEnd: number): readonly Uint8Array[] {
    assert(syncedEnd <= offset, 'only what is written is synced');
    const body = this.#pieces(GROUP_HEADER_BYTES);
    writeGroupHeader(this.#bytes, seed, {
      offset,
      bodyLength: this.length - GROUP_HEADER_BYTES,
      bodyChecksum: body.reduce((checksum, piece) => crc32(piece, checksum), 0),
      syncedEnd,
      recordCount: this.contents.recordCount,
    });
    return this.#pieces(0);
  }

  clear(): void {
    this.needsSync = false;
    this.wantsSyncSoon = false;
    this.waiters.length = 0;
    this.contents.clear();
    this.#end = GROUP_HEADER_BYTES;
    this.#uncopied.length = 0;
    this.#uncopiedBytes = 0;
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  }

  #pieces(start: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let from = start;
    for (const { after, payload } of this.#uncopied) {
      pieces.push(this.#bytes.subarray(from, after), payload);
      from = after;
    }
    if (from < this.#end || pieces.length === 0) pieces.push(this.#bytes.subarray(from, this.#end));
    return pieces;
  }

  #grow(lengthMin: number): void {
    const grown = Buffer.allocUnsafe(Math.max(lengthMin, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}
