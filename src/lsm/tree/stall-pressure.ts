import type { TreeOptions } from '../tree-options.js';
import type { StallCause } from './tree-stats.js';

/** What writes can run ahead of. */
export interface StallShape {
  readonly level0Tables: number;
  /** Those sealed, and the part of the active one that is full: 2.5 stands for two sealed ones and a half of the next. */
  readonly fullMemtables: number;
  readonly pendingBytes: number;
}

export interface StallPressure {
  readonly cause: StallCause | undefined;
  /** 0: none; towards 1: slower and slower; 1: stopped. */
  readonly pressure: number;
}

export type StallOptions = Pick<
  TreeOptions,
  'level0TablesSlow' | 'level0TablesStop' | 'sealedMemtablesMax' | 'pendingBytesSlow' | 'pendingBytesStop'
>;

/** Rate of writes, in bytes a second, at the least pressure: what a compaction in JavaScript keeps up with at best. */
const RATE_AT_NO_PRESSURE = 64 * 1024 * 1024;
/** … and just before the stop, so that nobody waits without end for his turn. */
const RATE_MIN = 256 * 1024;

/** The strongest of the causes. Each rises in a line from where it begins to where it stops writes. */
export function stallPressure(shape: StallShape, options: StallOptions): StallPressure {
  const { level0TablesSlow, level0TablesStop, sealedMemtablesMax, pendingBytesSlow, pendingBytesStop } = options;
  const byCause: readonly (readonly [StallCause, number])[] = [
    // One sealed memtable while the next fills up is the ordinary course of a flush.
    ['memtables', share(shape.fullMemtables, Math.min(2, sealedMemtablesMax - 1), sealedMemtablesMax)],
    ['level0', share(shape.level0Tables, level0TablesSlow - 1, level0TablesStop)],
    ['pending', share(shape.pendingBytes, pendingBytesSlow, pendingBytesStop)],
  ];
  let strongest: StallPressure = { cause: undefined, pressure: 0 };
  for (const [cause, pressure] of byCause) if (pressure > strongest.pressure) strongest = { cause, pressure };
  return strongest;
}

/**
 * Bytes a second that may be written under a pressure below 1. The square makes it gentle at first and steep before the
 * stop, so that the rate settles where compaction keeps up instead of swinging between all and nothing.
 */
export function writeRate(pressure: number): number {
  return Math.max(RATE_MIN, RATE_AT_NO_PRESSURE * (1 - pressure) ** 2);
}

function share(value: number, from: number, stop: number): number {
  if (value >= stop) return 1;
  return value <= from ? 0 : (value - from) / (stop - from);
}
