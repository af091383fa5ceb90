import { compareBytes } from '../../base/bytes.js';
import type { KeyRange } from '../iterator/key-range.js';

/** The keys from `firstKey` to `lastKey`, both included. A `TableSummary` is one. */
export interface KeySpan {
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
}

export function spansOverlap(a: KeySpan, b: KeySpan): boolean {
  return compareBytes(a.firstKey, b.lastKey) <= 0 && compareBytes(b.firstKey, a.lastKey) <= 0;
}

/** The least span that holds all of them. At least one. */
export function spanOf(spans: readonly KeySpan[]): KeySpan {
  let { firstKey, lastKey } = spans[0]!;
  for (const span of spans) {
    if (compareBytes(span.firstKey, firstKey) < 0) firstKey = span.firstKey;
    if (compareBytes(span.lastKey, lastKey) > 0) lastKey = span.lastKey;
  }
  return { firstKey, lastKey };
}

export function overlapping<Span extends KeySpan>(spans: readonly Span[], span: KeySpan): Span[] {
  return spans.filter((other) => spansOverlap(other, span));
}

export function isInRange(span: KeySpan, { start, end }: KeyRange): boolean {
  if (start !== undefined && compareBytes(span.lastKey, start) < 0) return false;
  return end === undefined || compareBytes(span.firstKey, end) < 0;
}
