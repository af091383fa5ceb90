import { beforeEach, describe, expect, it } from 'vitest';
import { InlineReads } from '../../src/env/inline-reads.js';

let nowMs: number;
let deviceReads: number;
let reads: InlineReads;

beforeEach(() => {
  nowMs = 1000;
  deviceReads = 5;
  reads = new InlineReads({
    monotonic: () => nowMs,
    deviceReads: () => deviceReads,
  });
});

function read(tookMs: number, { bytes = 4096, fromDevice = false } = {}): void {
  reads.measure(() => {
    nowMs += tookMs;
    if (fromDevice) deviceReads += 8;
    return bytes;
  });
}

describe('reads on the event loop', () => {
  it('are allowed from the beginning, and while they are quick', () => {
    for (let i = 0; i < 10_000; i++) {
      expect(reads.isAllowed).toBe(true);
      read(0.002);
    }
  });

  it('return what was read, and pass on what it fails of', () => {
    expect(reads.measure(() => 17)).toBe(17);
    expect(() =>
      reads.measure(() => {
        throw new Error('no such device');
      }),
    ).toThrow('no such device');
  });

  it('stop after one that waited for a device, until the wait is a small share of the time', () => {
    read(10, { fromDevice: true });
    expect(reads.isAllowed).toBe(false);
    nowMs += 300;
    expect(reads.isAllowed).toBe(false);
    nowMs += 30;
    expect(reads.isAllowed).toBe(true);
  });

  it('wait for a device a small share of the time at most, however slow and often it is', () => {
    let waitedMs = 0;
    const startMs = nowMs;
    for (let i = 0; i < 20_000; i++) {
      if (reads.isAllowed) {
        const tookMs = [0.1, 1, 12][i % 3]!;
        waitedMs += tookMs;
        read(tookMs, { fromDevice: true });
      } else nowMs += 1;
    }
    expect(waitedMs / (nowMs - startMs)).toBeLessThan(1 / 32);
    expect(waitedMs).toBeGreaterThan(100);
  });

  it('go on after one that was slow without a device: it had lost its processor', () => {
    read(0.9);
    expect(reads.isAllowed).toBe(true);
  });

  it('take the device for the cause only of what it was read for since the last look', () => {
    deviceReads += 100;
    read(0.9);
    expect(reads.isAllowed).toBe(false);
    nowMs += 100;
    read(0.9);
    expect(reads.isAllowed).toBe(true);
  });

  it('may take longer the more they read', () => {
    read(0.9, { bytes: 1_000_000, fromDevice: true });
    expect(reads.isAllowed).toBe(true);
  });
});
