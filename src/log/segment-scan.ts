import { crc32 } from '../base/checksum.js';
import { corruption } from '../base/errors.js';
import { GROUP_HEADER_BYTES, GROUP_MARKER, readGroupHeader, type GroupHeader } from './group-header.js';
import type { LogRecord } from './log-record.js';
import { readRecords } from './record-codec.js';
import type { LogReach } from './log-reach.js';
import { decodeSegmentHeader, FORMAT_WITH_REACH, SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment-header.js';
import { decodeReach } from './segment-reach.js';

/** Where a scan ended before the end of the bytes, and what that means. */
export interface ScanProblem {
  readonly offset: number;
  readonly what: string;
  /** `true`: a later group says that this place had been synced, so it was right once and is damaged now. */
  readonly wasSynced: boolean;
  /** Whole groups found behind it. */
  readonly groupsBehind: number;
}

/**
 * The bytes of one segment, read group by group up to the first that is not whole. Reads only; judges only what one
 * segment can tell. `recovery.ts` argues what follows from it.
 *
 * A segment is bounded, so it is scanned in memory; payloads are views of it.
 */
export class SegmentScan {
  readonly path: string;
  readonly header: SegmentHeader;
  /** How far the history had got when the segment was begun; empty when it does not say. */
  readonly reach: LogReach;
  /** Where the first group begins. */
  readonly start: number;
  /** Where the last whole group that was scanned ends. */
  end: number;
  /** The furthest synced end that a scanned group names. */
  syncedEnd: number;
  /** After `groups` ran to its end: why it did not reach the end of the bytes. */
  problem: ScanProblem | undefined = undefined;
  readonly #bytes: Buffer;
  readonly #seed: number;

  /** @throws CoreCacheError `CORRUPTION` or `NEWER_FORMAT` when the segment header is not right */
  constructor(path: string, bytes: Uint8Array) {
    this.path = path;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.header = decodeSegmentHeader(this.#bytes, path);
    this.#seed = crc32(this.header.salt);
    const { version, salt } = this.header;
    const hasReach = version >= FORMAT_WITH_REACH;
    const behind = hasReach ? decodeReach(this.#bytes, SEGMENT_HEADER_BYTES, salt, path) : undefined;
    this.reach = behind?.reach ?? new Map();
    this.start = this.end = this.syncedEnd = behind?.end ?? SEGMENT_HEADER_BYTES;
  }

  /** Whole groups in order, from `start` (a boundary of groups) up to `limit`. */
  *groups(start = this.start, limit = this.#bytes.length): Generator<GroupHeader> {
    this.end = start;
    while (this.end < limit) {
      const group = this.#groupAt(this.end, limit);
      if (typeof group === 'string') {
        this.problem = this.#judge(this.end, group, limit);
        return;
      }
      this.end += GROUP_HEADER_BYTES + group.bodyLength;
      this.syncedEnd = Math.max(this.syncedEnd, group.syncedEnd);
      yield group;
    }
  }

  /** @throws CoreCacheError `CORRUPTION` when the group is whole and yet makes no sense */
  records(group: GroupHeader): Generator<LogRecord> {
    const start = group.offset + GROUP_HEADER_BYTES;
    return readRecords(this.#bytes, start, start + group.bodyLength, group.recordCount, (what, offset) => {
      throw corruption(this.path, offset, what);
    });
  }

  body(group: GroupHeader): Uint8Array {
    const start = group.offset + GROUP_HEADER_BYTES;
    return this.#bytes.subarray(start, start + group.bodyLength);
  }

  #groupAt(offset: number, limit: number): GroupHeader | string {
    const group = readGroupHeader(this.#bytes, offset, this.#seed);
    if (typeof group === 'string') return group;
    if (offset + GROUP_HEADER_BYTES + group.bodyLength > limit) return 'group runs past the end of the file';
    return crc32(this.body(group)) === group.bodyChecksum ? group : 'checksum of the group does not match';
  }

  /** Looks behind a bad place, byte by byte, for groups that know whether it had been synced. */
  #judge(offset: number, what: string, limit: number): ScanProblem {
    let wasSynced = false;
    let groupsBehind = 0;
    let at = this.#bytes.indexOf(GROUP_MARKER, offset + 1);
    for (; at >= 0 && at < limit; at = this.#bytes.indexOf(GROUP_MARKER, at + 1)) {
      const header = readGroupHeader(this.#bytes, at, this.#seed);
      if (typeof header === 'string') continue;
      if (header.syncedEnd > offset) wasSynced = true;
      if (typeof this.#groupAt(at, limit) !== 'string') groupsBehind++;
    }
    return { offset, what, wasSynced, groupsBehind };
  }
}
