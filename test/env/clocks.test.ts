import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/env/clock.js';
import { ManualClock } from '../../src/env/simulated/manual-clock.js';
import { SystemClock } from '../../src/env/system-clock.js';

describe('the system clock', () => {
  it('fires a timer once, and never one that was cancelled', async () => {
    const clock: Clock = new SystemClock();
    const fired: string[] = [];
    clock.setTimer(1, () => fired.push('cancelled')).cancel();
    clock.setTimer(0, () => fired.push('fired'));
    await clock.sleep(20);
    expect(fired).toEqual(['fired']);
  });

  it('does not fire a timer at once that is longer than the platform can count', async () => {
    const clock = new SystemClock();
    let fired = false;
    const timer = clock.setTimer(2 ** 40, () => (fired = true));
    await clock.sleep(5);
    timer.cancel();
    expect(fired).toBe(false);
  });

  it('wakes a sleeper when the signal aborts', async () => {
    const clock = new SystemClock();
    const controller = new AbortController();
    const asleep = clock.sleep(1_000_000, controller.signal);
    controller.abort();
    await asleep;
    await clock.sleep(1_000_000, controller.signal);
  });

  it('never goes back', async () => {
    const clock = new SystemClock();
    const before = clock.monotonic();
    await clock.nextTurn();
    expect(clock.monotonic()).toBeGreaterThanOrEqual(before);
    expect(clock.now()).toBeGreaterThan(1_700_000_000_000);
  });
});

describe('a clock driven by hand', () => {
  it('fires timers in the order of their moments, each at its own', () => {
    const clock = new ManualClock(1000);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name} at ${clock.now()}`);
    clock.setTimer(30, note('late'));
    clock.setTimer(10, () => {
      note('early')();
      clock.setTimer(5, note('nested'));
    });
    clock.setTimer(12, note('cancelled')).cancel();
    clock.advance(29);
    expect(fired).toEqual(['early at 1010', 'nested at 1015']);
    clock.advance(1);
    expect(fired).toHaveLength(3);
    expect(clock.pendingCount).toBe(0);
    expect(clock.monotonic()).toBe(30);
  });

  it('wakes sleepers by time or by signal', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const byTime = clock.sleep(100);
    const bySignal = clock.sleep(1000, controller.signal);
    clock.advance(100);
    await byTime;
    controller.abort();
    await bySignal;
    expect(clock.pendingCount).toBe(0);
  });

  it('lets the wall clock jump alone', () => {
    const clock = new ManualClock(5000);
    clock.jump(-4000);
    expect([clock.now(), clock.monotonic()]).toEqual([1000, 0]);
  });
});
