import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/env/simulated/manual-clock.js';
import { QuietWatch } from '../../../src/lsm/background/quiet-watch.js';

const MIB = 1024 * 1024;

let clock: ManualClock;
let bytesWritten: number;
let watch: QuietWatch;

beforeEach(() => {
  clock = new ManualClock();
  bytesWritten = 0;
  watch = new QuietWatch(clock, 1000, () => bytesWritten);
});

describe('a pause in the writes', () => {
  it('is one when nothing was written for long enough', () => {
    clock.advance(999);
    expect(watch.isQuiet()).toBe(false);
    clock.advance(1);
    expect(watch.isQuiet()).toBe(true);
  });

  it('is over when a burst comes, and begins anew', () => {
    clock.advance(1000);
    bytesWritten += 2 * MIB;
    expect(watch.isQuiet()).toBe(false);
    clock.advance(1000);
    expect(watch.isQuiet()).toBe(true);
  });

  it('is not ended by a trickle', () => {
    for (let i = 0; i < 10; i++) {
      clock.advance(1000);
      bytesWritten += 1000;
      expect(watch.isQuiet()).toBe(true);
    }
  });

  it('is never one when the patience is 0', () => {
    watch = new QuietWatch(clock, 0, () => bytesWritten);
    clock.advance(1_000_000);
    expect(watch.isQuiet()).toBe(false);
    watch.await(() => expect.unreachable());
    expect(clock.pendingCount).toBe(0);
  });

  it('is told of once, when it may have come', () => {
    let calls = 0;
    clock.advance(400);
    watch.await(() => calls++);
    watch.await(() => calls++);
    clock.advance(599);
    expect(calls).toBe(0);
    clock.advance(1);
    expect(calls).toBe(1);
    clock.advance(100_000);
    expect(calls).toBe(1);
  });

  it('is not told of after `cancel`', () => {
    watch.await(() => expect.unreachable());
    watch.cancel();
    expect(clock.pendingCount).toBe(0);
  });
});
