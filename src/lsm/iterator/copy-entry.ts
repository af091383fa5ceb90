import { copyOf } from '../../base/bytes.js';
import { ValuePlace, type Entry } from '../entry.js';

/**
 * Copies all of `source`: the key into memory that `into` owns and that grows as needed, the value into memory that nobody
 * else has, for it may be handed out.
 */
export function copyEntry(source: Entry, into: Entry): void {
  copyKey(source, into);
  into.sequence = source.sequence;
  into.epoch = source.epoch;
  into.operation = source.operation;
  into.writtenAtMs = source.writtenAtMs;
  into.expiresAtMs = source.expiresAtMs;
  into.contentType = source.contentType;
  copyValue(source, into);
}

/** Not one that nobody else has: that is taken over. */
function copyValue({ valueBytes, valueStart, valueEnd, valuePlace }: Entry, into: Entry): void {
  if (valuePlace === ValuePlace.own) {
    into.valueBytes = valueBytes;
    into.valueStart = valueStart;
    into.valueEnd = valueEnd;
  } else {
    into.valueBytes = copyOf(valueBytes, valueStart, valueEnd);
    into.valueStart = 0;
    into.valueEnd = into.valueBytes.length;
  }
  into.valuePlace = valuePlace === ValuePlace.separate ? ValuePlace.separate : ValuePlace.own;
}

/**
 * Copies the key of `source` into memory that `into` owns and that grows as needed.
 * @param known so many first bytes are those of the key that was copied there before
 */
export function copyKey(source: Entry, into: Entry, known = 0): void {
  const { keyBytes, keyStart } = source;
  const length = source.keyEnd - keyStart;
  let target = into.keyBytes;
  if (target.length < length) {
    target = new Uint8Array(Math.max(64, length * 2));
    known = 0;
  }
  for (let i = known; i < length; i++) target[i] = keyBytes[keyStart + i]!;
  into.keyBytes = target;
  into.keyStart = 0;
  into.keyEnd = length;
}
