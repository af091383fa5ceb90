import { describe, expect, it } from 'vitest';
import { Lease } from '../../src/coordination/lease.js';
import { SystemClock } from '../../src/env/system-clock.js';

class TwoClocks extends SystemClock {
  wallMs = 1_000_000;
  monotonicMs = 500;
  override now(): number {
    return this.wallMs;
  }
  override monotonic(): number {
    return this.monotonicMs;
  }
}

describe('a lease', () => {
  const take = (): { clock: TwoClocks; lease: Lease } => {
    const clock = new TwoClocks();
    const lease = new Lease(clock);
    lease.renew(lease.moment(), 1000);
    return { clock, lease };
  };

  it('is not held before a heartbeat was answered', () => {
    expect(new Lease(new TwoClocks()).isHeld()).toBe(false);
  });
  it('lasts 0.6 of the session timeout', () => {
    const { clock, lease } = take();
    clock.monotonicMs += 599;
    clock.wallMs += 599;
    expect(lease.isHeld()).toBe(true);
    clock.monotonicMs += 1;
    expect(lease.isHeld()).toBe(false);
  });
  it('counts from the sending of the heartbeat, not from its answer', () => {
    const clock = new TwoClocks();
    const lease = new Lease(clock);
    const sentAt = lease.moment();
    clock.monotonicMs += 600;
    lease.renew(sentAt, 1000);
    expect(lease.isHeld()).toBe(false);
  });
  it('lapses by the wall clock when the monotonic one stood still: a sleeping machine', () => {
    const { clock, lease } = take();
    clock.wallMs += 600;
    expect(lease.isHeld()).toBe(false);
  });
  it('lapses by the monotonic clock when the wall clock was set back', () => {
    const { clock, lease } = take();
    clock.wallMs -= 3_600_000;
    clock.monotonicMs += 600;
    expect(lease.isHeld()).toBe(false);
  });
  it('is held for ever where sessions do not time out', () => {
    const clock = new TwoClocks();
    const lease = new Lease(clock);
    lease.renew(lease.moment(), Number.POSITIVE_INFINITY);
    clock.wallMs += 1e12;
    clock.monotonicMs += 1e12;
    expect(lease.isHeld()).toBe(true);
  });
  it('can be dropped', () => {
    const { lease } = take();
    lease.drop();
    expect(lease.isHeld()).toBe(false);
  });
});
