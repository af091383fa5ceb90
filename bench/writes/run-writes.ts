import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSet, sequenceOf } from '../engine/data-set.js';
import type { Engine, EngineName } from '../engine/engine.js';
import { bytesOnDisk, bytesWritten } from '../engine/footprint.js';
import { peakResidentBytes, residentNow } from '../engine/memory-meter.js';
import { openEngine } from '../engine/open-engine.js';
import { EventLoopTurn } from './event-loop-turn.js';
import { PauseMeter, type Span } from './pause-meter.js';
import { WriteSeries } from './write-series.js';
import type { SecondOfProcess, WritesResult } from './writes-result.js';

export interface WritesOptions {
  readonly engine: EngineName;
  readonly keyCount: number;
  readonly valueBytes: number;
  readonly compression: boolean;
  readonly isDurable: boolean;
  readonly minutes: number;
  /** Where the database is made; a temporary directory below it is removed afterwards. */
  readonly directory?: string | undefined;
}

const LANES = 64;
/** As many of the last writes are read back and checked. */
const CHECKED = 10_000;
const PROGRESS_SECONDS = 30;

type Second = Omit<SecondOfProcess, 'collectionMaxMs' | 'collectionMs'>;

/**
 * Single puts of random keys, 64 in flight, as fast as the engine answers, into a database that begins empty.
 *
 * A lane that was answered takes its next key when the event loop has come round, as a server's answer and its next request
 * would. Without that, an engine that answers on the calling thread would never let the loop go round, and its pauses
 * could not be seen.
 */
export async function runWrites(options: WritesOptions, progress: (line: string) => void): Promise<WritesResult> {
  const directory = mkdtempSync(join(options.directory ?? tmpdir(), 'corecache-writes-'));
  let engine: Engine | undefined;
  try {
    engine = await openEngine({ ...options, directory });
    return await measure(engine, directory, options, progress);
  } finally {
    await engine?.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(
  engine: Engine,
  directory: string,
  options: WritesOptions,
  progress: (line: string) => void,
): Promise<WritesResult> {
  const { keyCount, valueBytes, compression, isDurable, minutes } = options;
  const data = new DataSet(keyCount, valueBytes);
  const random = sequenceOf(17);
  const last = new Uint32Array(CHECKED);
  const turn = new EventLoopTurn();
  const writtenBefore = bytesWritten();
  const meter = new PauseMeter();
  const series = new WriteSeries((): Second => ({ pauseMs: meter.takeMaxMs(), ...residentNow() }));
  const startedAt = performance.now();
  const until = startedAt + minutes * 60_000;
  const reporter = setInterval(() => progress(progressLine(series)), PROGRESS_SECONDS * 1000);
  let started = 0;
  const lane = async (): Promise<void> => {
    let now = performance.now();
    while (now < until) {
      const index = random() % keyCount;
      const round = started++;
      last[round % CHECKED] = index;
      const calledAt = performance.now();
      await engine.put(data.key(index), data.value(index, round), isDurable);
      now = performance.now();
      series.record(now - startedAt, now - calledAt);
      await turn.next();
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    clearInterval(reporter);
  }
  const elapsedMs = performance.now() - startedAt;
  const { longestMs, pauses, collections } = meter.stop();
  series.advance(elapsedMs);
  const writtenAfter = bytesWritten();
  const { total, seconds } = series;
  for (const index of last.subarray(0, started)) data.check(index, await engine.get(data.key(index)));
  return {
    engine: options.engine,
    settings: engine.settings,
    keyCount,
    valueBytes,
    compression,
    isDurable,
    minutes,
    writes: total.count,
    rate: total.count / (elapsedMs / 1000),
    p50Ms: total.percentileMs(0.5),
    p99Ms: total.percentileMs(0.99),
    p999Ms: total.percentileMs(0.999),
    slowestMs: total.maxMs,
    silentSeconds: seconds.filter(({ writes }) => writes === 0).length,
    longestPauseMs: longestMs,
    longestOwnPauseMs: longest(pauses.map(({ fromMs, toMs, collectorMs }) => toMs - fromMs - collectorMs)),
    longestWorkMs: pauses.some(({ waitedMs }) => waitedMs === undefined)
      ? undefined
      : longest(
          pauses.map(({ fromMs, toMs, collectorMs, waitedMs = 0 }) => toMs - fromMs - Math.max(collectorMs, waitedMs)),
        ),
    longestCollectionMs: longest(collections.map(({ fromMs, toMs }) => toMs - fromMs)),
    peakMemoryBytes: peakResidentBytes(),
    bytesOnDisk: bytesOnDisk(directory),
    writeAmplification:
      writtenBefore === undefined || writtenAfter === undefined
        ? undefined
        : (writtenAfter - writtenBefore) / (total.count * data.entryBytes),
    seconds: seconds.map((second) => ({ ...second, ...collectionsIn(second.second, startedAt, collections) })),
    pauses: pauses.map((pause) => ({
      ...pause,
      fromMs: pause.fromMs - startedAt,
      toMs: pause.toMs - startedAt,
    })),
  };
}

function collectionsIn(
  second: number,
  startedAt: number,
  collections: readonly Span[],
): Pick<SecondOfProcess, 'collectionMaxMs' | 'collectionMs'> {
  const durations = collections
    .filter(({ fromMs }) => Math.floor((fromMs - startedAt) / 1000) === second)
    .map(({ fromMs, toMs }) => toMs - fromMs);
  return { collectionMaxMs: longest(durations), collectionMs: durations.reduce((sum, duration) => sum + duration, 0) };
}

function longest(durations: readonly number[]): number {
  return durations.reduce((most, duration) => Math.max(most, duration), 0);
}

function progressLine({ seconds, total }: WriteSeries<Second>): string {
  const recent = seconds.slice(-PROGRESS_SECONDS);
  const rate = recent.reduce((sum, { writes }) => sum + writes, 0) / Math.max(1, recent.length);
  return `${seconds.length} s: ${rate.toFixed(0)} writes/s, slowest so far ${total.maxMs.toFixed(1)} ms`;
}
