import { CoreCacheError } from '../../base/errors.js';
import type { KeyState } from './key-check.js';

const VALUE_MIN = -(2n ** 63n);
const VALUE_MAX = 2n ** 63n - 1n;
/** Of the longest number, its sign counted. */
const TEXT_BYTES_MAX = 20;

/** What to add. @throws CoreCacheError `INVALID_ARGUMENT` unless it is a whole number of 64 bits, exactly known */
export function toStep(by: unknown): bigint {
  if (typeof by === 'bigint' && isInRange(by)) return by;
  if (typeof by === 'number' && Number.isSafeInteger(by)) return BigInt(by);
  throw new CoreCacheError(
    'INVALID_ARGUMENT',
    `an increment is a bigint of 64 bits or a safe integer, got ${String(by)}`,
  );
}

/** The number after the step; a key without a value counts as 0. @throws CoreCacheError `NOT_A_NUMBER`, `OVERFLOW` */
export function increased(current: KeyState | undefined, step: bigint): bigint {
  const before = current === undefined ? 0n : numberOf(current);
  const value = before + step;
  if (!isInRange(value)) {
    throw new CoreCacheError('OVERFLOW', `${before} and ${step} add up to more than a signed 64-bit number holds`, {
      data: { value: before.toString(), by: step.toString() },
    });
  }
  return value;
}

/** One way to write each number, as Redis has it: no space, no plus sign, no zero in front, no minus zero. */
function numberOf({ valueBytes, valueStart, valueEnd }: KeyState): bigint {
  const length = valueEnd - valueStart;
  if (length <= TEXT_BYTES_MAX) {
    const text = Buffer.from(valueBytes.buffer, valueBytes.byteOffset + valueStart, length).toString('latin1');
    if (/^(0|-?[1-9][0-9]*)$/.test(text)) {
      const number = BigInt(text);
      if (isInRange(number)) return number;
    }
  }
  throw new CoreCacheError(
    'NOT_A_NUMBER',
    `the value, of ${length} bytes, is no signed 64-bit number in decimal digits`,
  );
}

function isInRange(number: bigint): boolean {
  return number >= VALUE_MIN && number <= VALUE_MAX;
}
