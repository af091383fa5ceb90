import { crc32 } from '../base/checksum.js';
import { corruption } from '../base/errors.js';
import { toEpoch, toPartitionId, toSequence, type PartitionId } from '../base/numbers.js';
import { VARINT_BYTES_MAX, VarintReader, writeVarint } from '../base/varint.js';
import type { LogPosition, LogReach } from './log-reach.js';

/**
 * What a segment of format 2 has behind its header (integers little-endian): how far the history had got when it was
 * begun, by what is in force of the segments before it, those that are gone included.
 *
 *      0   4   length of the positions in bytes
 *      4   4   CRC-32 of the salt, the length and the positions
 *      8   …   positions: partition, epoch, sequence (varints) each
 *
 * Without it, nobody could tell a log that has lost its older segments from one whose older segments were flushed. A
 * segment that has nothing to say here is one of format 1, and has none of this.
 */
const POSITIONS = 8;

export function encodeReach(reach: LogReach, salt: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(POSITIONS + reach.size * 3 * VARINT_BYTES_MAX);
  let end = POSITIONS;
  for (const [partition, { epoch, sequence }] of reach) {
    end = writeVarint(bytes, end, partition);
    end = writeVarint(bytes, end, epoch);
    end = writeVarint(bytes, end, sequence);
  }
  bytes.writeUInt32LE(end - POSITIONS, 0);
  bytes.writeUInt32LE(checksumOf(bytes, 0, end, salt), 4);
  return bytes.subarray(0, end);
}

/**
 * What stands at `start` of a segment, and where it ends.
 * @throws CoreCacheError `CORRUPTION`: a segment gets its name when this is synced, so it is never a torn one
 */
export function decodeReach(
  segment: Buffer,
  start: number,
  salt: Uint8Array,
  path: string,
): { readonly reach: LogReach; readonly end: number } {
  const fail = (what: string, offset: number): never => {
    throw corruption(path, offset, what);
  };
  if (segment.length < start + POSITIONS) fail('ends within its header', start);
  const end = start + POSITIONS + segment.readUInt32LE(start);
  if (end > segment.length) fail('what the log had reached runs past the end of the file', start);
  if (segment.readUInt32LE(start + 4) !== checksumOf(segment, start, end, salt)) {
    fail('checksum of what the log had reached does not match', start);
  }
  const reach = new Map<PartitionId, LogPosition>();
  const reader = new VarintReader(segment, start + POSITIONS, end, fail);
  while (reader.remaining > 0) {
    const partition = toPartitionId(reader.varint());
    reach.set(partition, { epoch: toEpoch(reader.varint()), sequence: toSequence(reader.varint()) });
  }
  return { reach, end };
}

function checksumOf(bytes: Buffer, start: number, end: number, salt: Uint8Array): number {
  const length = crc32(bytes.subarray(start, start + 4), crc32(salt));
  return crc32(bytes.subarray(start + POSITIONS, end), length);
}
