import type { EngineName } from '../engine/engine.js';
import type { MissingEngine } from '../engine/find-missing.js';
import type { Pause } from './pause-meter.js';
import type { WriteSecond } from './write-series.js';

export interface WritesReport {
  /** Node.js, processor and system. */
  readonly machine: string;
  readonly results: readonly WritesResult[];
  readonly missing: readonly MissingEngine[];
}

/** One engine under random writes at full speed. Times in milliseconds. */
export interface WritesResult {
  readonly engine: EngineName;
  readonly settings: string;
  readonly keyCount: number;
  readonly valueBytes: number;
  readonly compression: boolean;
  /** Whether each write was durable before it was answered. */
  readonly isDurable: boolean;
  readonly minutes: number;
  readonly writes: number;
  /** Writes a second. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly slowestMs: number;
  /** Seconds in which nothing was answered. */
  readonly silentSeconds: number;
  /** Of the event loop. */
  readonly longestPauseMs: number;
  /** Of those of 10 ms and more, without the garbage collector's part; 0 when there was none. */
  readonly longestOwnPauseMs: number;
  /**
   * The same, or without the time in which no processor was free where that is longer, for a collection may have waited as
   * well: rather too much than too little. Absent where the system does not tell.
   */
  readonly longestWorkMs: number | undefined;
  readonly longestCollectionMs: number;
  readonly peakMemoryBytes: number;
  readonly bytesOnDisk: number;
  /** Bytes written to the device for each byte of key and value given; absent where there is no /proc. */
  readonly writeAmplification: number | undefined;
  readonly seconds: readonly (WriteSecond & SecondOfProcess)[];
  /** Pauses of 10 ms and more, from the start of the run. */
  readonly pauses: readonly Pause[];
}

/** What the process did in one second. */
export interface SecondOfProcess {
  /** The longest pause of the event loop that ended in it. */
  readonly pauseMs: number;
  /** The longest of the garbage collector's, and all of them together. */
  readonly collectionMaxMs: number;
  readonly collectionMs: number;
  readonly residentBytes: number;
  readonly anonymousBytes: number | undefined;
}
