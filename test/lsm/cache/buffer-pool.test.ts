import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compiledModule } from '../../../src/env/worker-thread.js';
import { BufferPool } from '../../../src/lsm/cache/buffer-pool.js';

const SOURCE = new URL('../../../src/lsm/cache/buffer-pool.ts', import.meta.url);
const COMPILED = compiledModule(SOURCE.href, './buffer-pool.js').href;

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

  it('has V8 collect what it lets go of when it is closed', async () => {
    const options = ['--expose-gc', '--input-type=module', '--eval', closed];
    const { stdout } = await promisify(execFile)(process.execPath, options);
    expect(stdout.trim()).toBe('collected');
  });
});

/** Closes a pool of old buffers, and goes on working until most of them are gone, or for longer than that can take. */
const closed = `
  import { setImmediate } from 'node:timers/promises';
  import { BufferPool } from '${COMPILED}';
  const BYTES = 4096;
  const COUNT = 8192;
  const pool = new BufferPool();
  const buffers = Array.from({ length: COUNT }, () => pool.take(BYTES).fill(7));
  for (let i = 0; i < 4; i++) {
    gc();
    await setImmediate();
  }
  for (let buffer = buffers.pop(); buffer !== undefined; buffer = buffers.pop()) pool.give(buffer, COUNT * BYTES);
  const before = process.memoryUsage().arrayBuffers;
  pool.close();
  const isCollected = () => process.memoryUsage().arrayBuffers < before - COUNT * BYTES / 2;
  for (let turn = 0; turn < 10_000 && !isCollected(); turn++) {
    await setImmediate(Array.from({ length: 100 }, () => ({ turn })));
  }
  console.log(isCollected() ? 'collected' : 'not collected');
`;
