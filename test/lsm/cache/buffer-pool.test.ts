import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../../src/lsm/cache/buffer-pool.js';

describe('the pool of buffers', () => {
  it('gives room for the length, again and again from the same memory', () => {
    const pool = new BufferPool();
    const first = pool.take(4000);
    expect(first.length).toBeGreaterThanOrEqual(4000);
    pool.give(first, 10_000);
    expect(pool.freeBytes).toBe(first.length);
    expect(pool.take(4001)).toBe(first);
    expect(pool.take(4000)).not.toBe(first);
    expect(pool.freeBytes).toBe(0);
  });

  it('fits runs of blocks that differ a little, and wastes little', () => {
    const pool = new BufferPool();
    const run = pool.take(32 * 4150);
    pool.give(run, 1_000_000);
    expect(pool.take(32 * 4180)).toBe(run);
    for (let length = 1; length <= 262_144; length = Math.ceil(length * 1.01)) {
      const { length: capacity } = pool.take(length);
      expect(capacity).toBeGreaterThanOrEqual(length);
      expect(capacity - length).toBeLessThan(Math.max(512, length / 8 + 1));
      const again = pool.take(capacity);
      expect(again).toHaveLength(capacity);
    }
  });

  it('keeps no more than it may', () => {
    const pool = new BufferPool();
    for (const buffer of [pool.take(4096), pool.take(4096), pool.take(1000)]) pool.give(buffer, 6000);
    expect(pool.freeBytes).toBeLessThanOrEqual(6000);
    pool.give(pool.take(8192), 6000);
    expect(pool.freeBytes).toBeLessThanOrEqual(6000);
  });

  it('keeps no large buffer', () => {
    const pool = new BufferPool();
    const large = pool.take(1_000_000);
    expect(large).toHaveLength(1_000_000);
    pool.give(large, 10_000_000);
    expect(pool.freeBytes).toBe(0);
  });
});
