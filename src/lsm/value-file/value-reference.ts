import { corruption } from '../../base/errors.js';
import { toFileNumber, type FileNumber } from '../../base/numbers.js';
import { VARINT_BYTES_MAX, VarintReader, writeVarint } from '../../base/varint.js';
import type { Entry } from '../entry.js';

/**
 * What an entry has in the place of a value that is in a value file:
 *
 *     reference = file number varint, position of the record varint, length of the record varint
 */
export interface ValueReference {
  readonly fileNumber: FileNumber;
  /** Of the record, in bytes from the start of the file. */
  readonly position: number;
  readonly recordBytes: number;
}

export const REFERENCE_BYTES_MAX = 3 * VARINT_BYTES_MAX;

/** Returns the offset after it. The caller has made room. */
export function writeReference(
  target: Uint8Array,
  start: number,
  { fileNumber, position, recordBytes }: ValueReference,
): number {
  return writeVarint(target, writeVarint(target, writeVarint(target, start, fileNumber), position), recordBytes);
}

/** The reference in the window of an entry whose value is separate. @throws CoreCacheError `CORRUPTION` */
export function referenceOf({ valueBytes, valueStart, valueEnd }: Entry): ValueReference {
  const reader = new VarintReader(valueBytes, valueStart, valueEnd, fail);
  const reference = {
    fileNumber: toFileNumber(reader.varint()),
    position: reader.varint(),
    recordBytes: reader.varint(),
  };
  if (reader.remaining > 0) fail('is followed by other bytes');
  return reference;
}

function fail(what: string): never {
  throw corruption('reference to a value', undefined, what);
}
