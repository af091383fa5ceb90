import { beforeEach, describe, expect, it } from 'vitest';
import { InlineReads } from '../../src/env/inline-reads.js';

let nowMs: number;
let deviceReads: number;
let processorWaitMs: number;
let reads: InlineReads;

beforeEach(() => {
  nowMs = 1000;
  deviceReads = 5;
  processorWaitMs = 70;
  reads = new InlineReads({
    monotonic: () => nowMs,
    deviceReads: () => deviceReads,
    processorWaitMs: () => processorWaitMs,
  });
});

interface Circumstances {
  readonly bytes?: number;
  readonly fromDevice?: boolean;
  readonly withoutProcessorMs?: number;
}

function read(tookMs: number, { bytes = 4096, fromDevice = false, withoutProcessorMs = 0 }: Circumstances = {}): void {
  reads.measure(() => {
    nowMs += tookMs;
    processorWaitMs += withoutProcessorMs;
    if (fromDevice) deviceReads += 8;
    return bytes;
  });
}

function readInVain(tookMs: number): void {
  expect(() =>
    reads.measure(() => {
      nowMs += tookMs;
      deviceReads += 8;
      throw new Error('no such device');
    }),
  ).toThrow('no such device');
}

/** Reads as often as it is allowed, for 20 seconds; returns the share of the time that the reads took. */
function shareOfReads(tookMs: (read: number) => number, circumstances: Circumstances): number {
  const startMs = nowMs;
  let readMs = 0;
  for (let count = 0; nowMs < startMs + 20_000;) {
    if (reads.isAllowed) {
      readMs += tookMs(count);
      read(tookMs(count++), circumstances);
    } else nowMs += 1;
  }
  return readMs / (nowMs - startMs);
}

describe('reads on the event loop', () => {
  it('are allowed from the beginning, and while they are quick', () => {
    for (let i = 0; i < 10_000; i++) {
      expect(reads.isAllowed).toBe(true);
      read(0.002);
    }
  });

  it('return what was read', () => {
    expect(reads.measure(() => 17)).toBe(17);
  });

  it('may take longer the more they read', () => {
    read(0.9, { bytes: 1_000_000, fromDevice: true });
    expect(reads.isAllowed).toBe(true);
  });
});

describe('reads that wait for a device', () => {
  it('stop them, until the wait is a small share of the time', () => {
    read(10, { fromDevice: true });
    expect(reads.isAllowed).toBe(false);
    nowMs += 319;
    expect(reads.isAllowed).toBe(false);
    nowMs += 1;
    expect(reads.isAllowed).toBe(true);
  });

  it('stop them when they fail, too', () => {
    readInVain(10);
    expect(reads.isAllowed).toBe(false);
  });

  it('take a small share of the time at most, however slow and often they are', () => {
    const share = shareOfReads((count) => [0.1, 1, 12][count % 3]!, { fromDevice: true });
    expect(share).toBeLessThan(1 / 32);
    expect(share).toBeGreaterThan(1 / 40);
  });

  it('stop them for a minute at most', () => {
    read(600_000, { fromDevice: true });
    nowMs += 59_999;
    expect(reads.isAllowed).toBe(false);
    nowMs += 1;
    expect(reads.isAllowed).toBe(true);
  });

  it('are those since the last look at the count', () => {
    deviceReads += 100;
    read(0.9);
    expect(reads.isAllowed).toBe(false);
    nowMs += 100;
    read(0.9);
    expect(reads.isAllowed).toBe(true);
  });

  it('do not add up while they are stopped, for then the caller wishes to wait', () => {
    for (let i = 0; i < 100; i++) read(10, { fromDevice: true });
    nowMs += 319;
    expect(reads.isAllowed).toBe(false);
    nowMs += 1;
    expect(reads.isAllowed).toBe(true);
  });
});

describe('reads that lose their processor', () => {
  it('go on, however often that is', () => {
    for (let i = 0; i < 100; i++) {
      read(4, { withoutProcessorMs: 4 });
      expect(reads.isAllowed).toBe(true);
    }
  });

  it('are charged for no more than what the wait for it leaves unexplained', () => {
    read(8, { withoutProcessorMs: 7 });
    nowMs += 32;
    read(8, { withoutProcessorMs: 7 });
    expect(reads.isAllowed).toBe(true);
    read(8, { withoutProcessorMs: 7 });
    expect(reads.isAllowed).toBe(false);
  });

  it('are excused only by waits that have excused no other', () => {
    processorWaitMs += 5;
    read(4);
    expect(reads.isAllowed).toBe(true);
    read(4);
    read(4);
    expect(reads.isAllowed).toBe(false);
  });

  it('do not excuse a device', () => {
    read(4, { withoutProcessorMs: 4, fromDevice: true });
    expect(reads.isAllowed).toBe(false);
  });
});

describe('reads of much that take long to copy', () => {
  const bytes = 128 * 1024;

  it('go on, however many they are', () => {
    for (let i = 0; i < 100; i++) {
      read(0.5, { bytes });
      expect(reads.isAllowed).toBe(true);
    }
  });

  it('stop them when a device was waited for', () => {
    read(0.5, { bytes, fromDevice: true });
    expect(reads.isAllowed).toBe(false);
  });

  it('stop them when they take longer than copying does', () => {
    read(0.6, { bytes });
    read(0.6, { bytes });
    expect(reads.isAllowed).toBe(false);
  });

  it('are no excuse for a short one', () => {
    for (let i = 0; i < 5; i++) {
      read(0.5, { bytes });
      read(0.12);
    }
    expect(reads.isAllowed).toBe(false);
  });
});

describe('slow reads that no count explains', () => {
  it('go on after one alone', () => {
    read(0.9);
    expect(reads.isAllowed).toBe(true);
  });

  it('go on as long as each is paid for before the next', () => {
    for (let i = 0; i < 100; i++) {
      read(1);
      expect(reads.isAllowed).toBe(true);
      nowMs += 32;
    }
  });

  it('go on for half a millisecond of short ones in a row, and no more', () => {
    for (let i = 0; i < 4; i++) {
      read(0.12);
      expect(reads.isAllowed).toBe(true);
    }
    read(0.12);
    expect(reads.isAllowed).toBe(false);
    nowMs += 5 * 0.12 * 32;
    expect(reads.isAllowed).toBe(true);
  });

  it('stop at the second of two, until both are paid for', () => {
    read(1);
    nowMs += 10;
    read(2);
    expect(reads.isAllowed).toBe(false);
    nowMs += 22 - 2 + 64 - 1;
    expect(reads.isAllowed).toBe(false);
    nowMs += 1;
    expect(reads.isAllowed).toBe(true);
  });

  it('stop at the second though quick ones lie between', () => {
    read(1);
    for (let i = 0; i < 1000; i++) read(0.002);
    read(1);
    expect(reads.isAllowed).toBe(false);
  });

  it('take a small share of the time at most, however slow and often they are', () => {
    const share = shareOfReads((count) => [0.002, 0.1, 1, 12][count % 4]!, {});
    expect(share).toBeLessThan(1 / 32);
    expect(share).toBeGreaterThan(1 / 40);
  });
});
