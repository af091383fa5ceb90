import { copyRange, emptyBytes } from '../../base/bytes.js';
import { ValuePlace, type Entry } from '../entry.js';

/** Copies all of `source` into memory that `into` owns and that grows as needed. */
export function copyEntry(source: Entry, into: Entry): void {
  copyKey(source, into);
  into.sequence = source.sequence;
  into.epoch = source.epoch;
  into.operation = source.operation;
  into.writtenAtMs = source.writtenAtMs;
  into.expiresAtMs = source.expiresAtMs;
  into.contentType = source.contentType;
  const length = source.valueEnd - source.valueStart;
  // What was handed out with an earlier entry is not ours to write over.
  into.valueBytes = withRoom(into.valuePlace === ValuePlace.own ? emptyBytes() : into.valueBytes, length);
  into.valueStart = 0;
  into.valueEnd = length;
  into.valuePlace = source.valuePlace === ValuePlace.separate ? ValuePlace.separate : ValuePlace.inline;
  copyRange(source.valueBytes, source.valueStart, source.valueEnd, into.valueBytes, 0);
}

/** Copies the key of `source` into memory that `into` owns and that grows as needed. */
export function copyKey(source: Entry, into: Entry): void {
  const { keyBytes, keyStart } = source;
  const length = source.keyEnd - keyStart;
  const target = withRoom(into.keyBytes, length);
  for (let i = 0; i < length; i++) target[i] = keyBytes[keyStart + i]!;
  into.keyBytes = target;
  into.keyStart = 0;
  into.keyEnd = length;
}

function withRoom(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.length >= length ? bytes : new Uint8Array(Math.max(64, length * 2));
}
