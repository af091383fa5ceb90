import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { CacheEntry } from '../../src/lsm/cache/cache-entry.js';
import { TreeUnderTest } from '../lsm/tree/tree-under-test.js';

/**
 * Rows take memory of the cache once there is enough to gain. That was in the middle of a look, with what had been found
 * about to be copied. In a cache that is over its size, for what is in use cannot go, it closed the table of that look: of
 * a mapped one nothing but zeros was left to copy. Found by reading.
 */
class InUse extends CacheEntry {
  override evict(): boolean {
    return false;
  }
}

const KEYS = Array.from({ length: 64 }, (_, i) => `k${String(i).padStart(2, '0')}`);
const valueOf = (key: string): string => `${key}:`.padEnd(60, '.');
const CACHE_BYTES = 1 << 20;

test.each(['one by one', 'together'])(
  'keys looked for %s are shown as they are while rows take memory',
  async (way) => {
    const subject = await TreeUnderTest.open({
      cacheBytesMax: CACHE_BYTES,
      mappedBytesMax: 1 << 20,
      fileSystem: new CrashableFileSystem(() => true),
      options: { settleAfterMs: 0, memtableBytesMax: 1 << 20, tableBytesMax: 1 << 20 },
    });
    for (const key of KEYS) subject.put(key, valueOf(key));
    await subject.tree.compact();
    subject.blockCache.insert(new InUse(2 * CACHE_BYTES));
    // What is missed is read until the table is mapped.
    for (const key of KEYS) {
      expect(await subject.load(key)).toBe(valueOf(key));
      await new Promise(setImmediate);
    }
    expect(subject.mappedBytes).toBeGreaterThan(0);
    for (let round = 0; round < 3; round++) {
      if (way === 'together') expect(subject.getTogether(KEYS)).toEqual(KEYS.map(valueOf));
      else for (const key of KEYS) expect(subject.get(key)).toBe(valueOf(key));
    }
    await subject.close();
  },
);
