import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../bench/writes/latency-histogram.js';
import { PauseMeter, withoutCollector } from '../../bench/writes/pause-meter.js';
import { runWrites } from '../../bench/writes/run-writes.js';
import { WriteSeries } from '../../bench/writes/write-series.js';

const silent = (): void => undefined;

describe('the benchmark of random writes', () => {
  it.each([
    ['corecache', false],
    ['corecache', true],
    ['classic-level', false],
  ] as const)('writes to %s second by second (durable: %s), and reads the last back', async (engine, isDurable) => {
    const sizes = { keyCount: 1000, valueBytes: 100, compression: false };
    const options = { engine, ...sizes, isDurable, minutes: 1.1 / 60 };
    const result = await runWrites(options, silent);
    const answered = result.seconds.reduce((sum, { writes }) => sum + writes, 0);
    expect(result.seconds.map(({ second }) => second)).toEqual(result.seconds.map((_, i) => i));
    expect(answered).toBeGreaterThan(0);
    expect(result.writes).toBeGreaterThanOrEqual(answered);
    expect(result.slowestMs).toBeGreaterThanOrEqual(result.p999Ms);
    expect(result.p999Ms).toBeGreaterThanOrEqual(result.p50Ms);
    expect(result.longestPauseMs).toBeGreaterThanOrEqual(result.seconds[0]!.pauseMs);
    expect(result.bytesOnDisk).toBeGreaterThan(0);
  });

  it.each(['corecache', 'classic-level'] as const)('has %s compress, and says so', async (engine) => {
    const options = { engine, keyCount: 1000, valueBytes: 100, isDurable: false, minutes: 0.1 / 60 };
    expect((await runWrites({ ...options, compression: true }, silent)).settings).toMatch(/Snappy/);
    expect((await runWrites({ ...options, compression: false }, silent)).settings).toMatch(/no compression/);
  });
});

describe('latencies in buckets', () => {
  it('knows percentiles to a thirtieth, and the slowest exactly', () => {
    const histogram = new LatencyHistogram();
    for (let i = 1; i <= 1000; i++) histogram.record(i / 10);
    expect(Math.abs(histogram.percentileMs(0.5) / 50 - 1)).toBeLessThan(0.035);
    expect(Math.abs(histogram.percentileMs(0.99) / 99 - 1)).toBeLessThan(0.035);
    expect(histogram.percentileMs(1)).toBe(100);
    expect(histogram.maxMs).toBe(100);
    histogram.clear();
    expect(histogram.percentileMs(0.5)).toBe(0);
  });

  it('takes what is too short or too long for its buckets', () => {
    const histogram = new LatencyHistogram();
    histogram.record(0);
    histogram.record(1_000_000);
    expect(histogram.percentileMs(0.5)).toBeLessThan(0.002);
    expect(histogram.maxMs).toBe(1_000_000);
  });
});

describe('a run by the second', () => {
  it('tells of the seconds in which nothing was answered', () => {
    const series = new WriteSeries(() => ({}));
    series.record(100, 1);
    series.record(3200, 3000);
    series.advance(4000);
    expect(series.seconds.map(({ writes, maxMs }) => [writes, maxMs])).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
      [1, 3000],
    ]);
    expect(series.total.count).toBe(2);
  });
});

describe('a pause of the event loop', () => {
  it('is as long as the code that held it up', () => {
    const meter = new PauseMeter();
    const until = performance.now() + 50;
    while (performance.now() < until);
    expect(meter.takeMaxMs()).toBeGreaterThan(40);
    const { longestMs, pauses } = meter.stop();
    expect(longestMs).toBeGreaterThan(40);
    expect(Math.max(...pauses.map(({ fromMs, toMs }) => toMs - fromMs))).toBeCloseTo(longestMs, 3);
  });

  it('is told apart from the collections within it', () => {
    const pauses = [
      { fromMs: 100, toMs: 150, waitedMs: 5 },
      { fromMs: 200, toMs: 230, waitedMs: 0 },
    ];
    const collections = [
      { fromMs: 10, toMs: 20 },
      { fromMs: 90, toMs: 110 },
      { fromMs: 120, toMs: 130 },
      { fromMs: 140, toMs: 205 },
    ];
    expect(withoutCollector(pauses, collections).map(({ collectorMs }) => collectorMs)).toEqual([30, 5]);
  });
});
