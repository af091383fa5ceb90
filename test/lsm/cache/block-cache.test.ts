import { describe, expect, it } from 'vitest';
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
