import { compareBytes } from '../base/bytes.js';
import type { RangeOptions } from '../store/operations.js';

/** Bounds as Level gives them, encoded. It allows both bounds of one side; then the one that includes its key counts. */
export type ByteRange = Pick<RangeOptions, 'gt' | 'gte' | 'lt' | 'lte'>;

/** The same bounds, one for each side. */
export function bytesBetween({ gt, gte, lt, lte }: ByteRange): ByteRange {
  return {
    ...(gte === undefined ? { gt } : { gte }),
    ...(lte === undefined ? { lt } : { lte }),
  };
}

/**
 * What is left of a range for a walk that goes on at `target`: from there to the end, or in reverse from there to the
 * start. A target that lies before the range leaves it as it is.
 */
export function rangeFrom(range: ByteRange, target: Uint8Array, isReverse: boolean): ByteRange {
  const near = isReverse ? (range.lte ?? range.lt) : (range.gte ?? range.gt);
  const ahead = near === undefined ? 1 : compareBytes(target, near);
  if (isReverse) return near !== undefined && ahead >= 0 ? range : { gt: range.gt, gte: range.gte, lte: target };
  return near !== undefined && ahead <= 0 ? range : { lt: range.lt, lte: range.lte, gte: target };
}
