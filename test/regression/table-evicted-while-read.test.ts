import { afterEach, beforeEach, expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import type { Database } from '../../src/store/database.js';
import { bytes, memoryPlace, openIn, text } from '../store/memory-database.js';

/**
 * A read in the call itself put its block into a cache without room, which closed the table that was being read; going on
 * to the next block then read from a closed file (EBADF). Found by the model with real files and no cache.
 */
let database: Database;

beforeEach(async () => {
  const place = memoryPlace(new CrashableFileSystem(() => true));
  database = await openIn(place, { cacheBytesMax: 0, blockBytes: 64, settleAfterMs: 0 });
});
afterEach(() => database.close());

test('a table stays open while a read goes from one of its blocks to the next', async () => {
  await database.put(bytes('k'), bytes('first'));
  const snapshot = database.snapshot();
  const held = [];
  for (let i = 0; i < 50; i++) {
    await database.put(bytes('k'), bytes(`later ${i}`));
    held.push(database.snapshot());
  }
  await database.flush();
  expect(text(await database.get(bytes('k'), { snapshot }))).toBe('first');
  expect(text((await database.multiGet([bytes('k')], { snapshot }))[0])).toBe('first');
  expect(text(database.getSync(bytes('k'), { snapshot }))).toBe('first');
  for (const each of [snapshot, ...held]) each.release();
});
