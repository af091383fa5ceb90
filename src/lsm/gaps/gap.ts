import { compareBytes } from '../../base/bytes.js';

/** When a reader reads: what was written up to a sequence, and has not expired by a time in milliseconds since 1970. */
export interface Moment {
  readonly sequence: number;
  readonly nowMs: number;
}

/** Keys from `start` (included) to `end` (excluded; `undefined`: to the last there can be). */
export interface Span {
  readonly start: Uint8Array;
  readonly end: Uint8Array | undefined;
}

/** A span that shows nothing to readers at or after a moment. */
export interface Gap extends Span, Moment {
  /** Grows from use to use. */
  usedAt: number;
}

export function spanCovers(outer: Span, inner: Span): boolean {
  return compareBytes(outer.start, inner.start) <= 0 && laterEnd(outer.end, inner.end) === outer.end;
}

/** Of two that meet: both, at the later moment. */
export function mergedGap(a: Gap, b: Gap): Gap {
  return {
    start: compareBytes(a.start, b.start) <= 0 ? a.start : b.start,
    end: laterEnd(a.end, b.end),
    sequence: Math.max(a.sequence, b.sequence),
    nowMs: Math.max(a.nowMs, b.nowMs),
    usedAt: Math.max(a.usedAt, b.usedAt),
  };
}

/** The first of two equal ones. */
function laterEnd(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  return a === undefined || (b !== undefined && compareBytes(a, b) >= 0) ? a : b;
}
