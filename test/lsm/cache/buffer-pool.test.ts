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
