import { describe, expect, it } from 'vitest';
import { INLINE_BYTES_MAX } from '../../../src/env/node-readable-file.js';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { CacheEntry } from '../../../src/lsm/cache/cache-entry.js';
import { seeded } from '../support/model.js';

class Item extends CacheEntry {
  isGone = false;
  isInUse = false;
  override evict(): boolean {
    if (this.isInUse) return false;
    this.isGone = true;
    return true;
  }
}

function insert(cache: BlockCache, charge: number): Item {
  const item = new Item(charge);
  cache.insert(item);
  return item;
}

describe('the block cache', () => {
  it('never holds more than its size, whatever is put in and used', () => {
    const random = seeded(1);
    const cache = new BlockCache(10_000);
    const items: Item[] = [];
    for (let i = 0; i < 5000; i++) {
      items.push(insert(cache, 1 + random(400)));
      for (let use = 0; use < 5; use++) items[random(items.length)]!.isReferenced = true;
      if (i % 100 === 0) cache.remove(items[random(items.length)]!);
      expect(cache.bytes).toBeLessThanOrEqual(10_000);
    }
    const held = items.filter(({ list }) => list !== 'none');
    expect(held.reduce((sum, { charge }) => sum + charge, 0)).toBe(cache.bytes);
    expect(held.every(({ isGone }) => !isGone)).toBe(true);
    expect(cache.stats().evictions).toBe(items.filter(({ isGone }) => isGone).length);
  });

  it('one scan over everything leaves what was used more than once', () => {
    const cache = new BlockCache(100);
    const hot = Array.from({ length: 50 }, () => insert(cache, 1));
    for (const item of hot) item.isReferenced = true;
    for (let i = 0; i < 10_000; i++) insert(cache, 1);
    expect(hot.filter(({ isGone }) => isGone)).toHaveLength(0);
  });

  it('lets go in the end of what was hot once', () => {
    const cache = new BlockCache(100);
    const hot = Array.from({ length: 80 }, () => insert(cache, 1));
    for (const item of hot) item.isReferenced = true;
    for (let i = 0; i < 1000; i++) insert(cache, 1).isReferenced = true;
    expect(hot.every(({ isGone }) => isGone)).toBe(true);
  });

  it('keeps what is in use, and comes back to its size when it no longer is', () => {
    const cache = new BlockCache(10);
    const used = Array.from({ length: 5 }, () => insert(cache, 4));
    used.forEach((item) => (item.isInUse = true));
    const more = Array.from({ length: 5 }, () => {
      const item = new Item(4);
      item.isInUse = true;
      cache.insert(item);
      return item;
    });
    expect(more.some(({ isGone }) => isGone)).toBe(false);
    for (const item of [...used, ...more]) item.isInUse = false;
    insert(cache, 1);
    expect(cache.bytes).toBeLessThanOrEqual(10);
  });

  it('of no size holds nothing', () => {
    const cache = new BlockCache(0);
    expect(insert(cache, 1).isGone).toBe(true);
    expect(cache.bytes).toBe(0);
  });
});

describe('what walks read past the cache', () => {
  const BYTES = 128 * 1024;

  it('has memory while the cache is full, and none while there is room in it', () => {
    const cache = new BlockCache(BYTES);
    expect(cache.beginPassing(BYTES)).toBeUndefined();
    insert(cache, 1);
    expect(cache.beginPassing(BYTES)?.length).toBeGreaterThanOrEqual(BYTES);
  });

  it('uses the memory again, for any length that files answer at once', () => {
    const cache = new BlockCache(0);
    const first = cache.beginPassing(1)!;
    cache.endPassing(first);
    expect(cache.beginPassing(INLINE_BYTES_MAX)).toBe(first);
    expect(cache.beginPassing(1)).not.toBe(first);
    expect(cache.beginPassing(INLINE_BYTES_MAX + 1)).toBeUndefined();
  });

  it('is bounded: 32 walks at one time, and memory of two of them is kept', () => {
    const cache = new BlockCache(0);
    const buffers = Array.from({ length: 32 }, () => cache.beginPassing(BYTES)!);
    expect(cache.beginPassing(BYTES)).toBeUndefined();
    for (const buffer of buffers) cache.endPassing(buffer);
    const again = Array.from({ length: 32 }, () => cache.beginPassing(BYTES)!);
    expect(again.filter((buffer) => buffers.includes(buffer))).toHaveLength(2);
    expect(cache.stats().bytes).toBe(0);
  });
});
