import { expect, test } from 'vitest';
import { bytes, memoryPlace, openIn, START_MS, text, tinyOptions } from '../store/memory-database.js';

/**
 * CoreCache in Python took the time of a record from a default argument, which the language evaluates once, when the
 * process starts. All records of a process had one time; compaction, which kept the record with the latest time, could
 * not tell an update from what it replaced, and kept either. Found by updating a key, compacting, and reading.
 */
test('every record carries the time of its own write, and an update is kept by compaction', async () => {
  const place = memoryPlace();
  const database = await openIn(place, tinyOptions);
  for (let i = 0; i < 5; i++) {
    await database.put(bytes(`k${i}`), bytes('first'));
    place.clock.advance(1000);
  }
  await database.flush();
  await database.put(bytes('k2'), bytes('second'));
  await database.flush();
  await database.compact();
  expect(text(await database.get(bytes('k2')))).toBe('second');
  const times = await Promise.all([0, 1, 2, 3, 4].map((i) => database.getEntry(bytes(`k${i}`))));
  expect(times.map((entry) => entry!.writtenAtMs - START_MS)).toEqual([0, 1000, 5000, 3000, 4000]);
  await database.close();
});

test('updates within one millisecond keep their order through compaction', async () => {
  const database = await openIn(memoryPlace(), tinyOptions);
  for (let i = 0; i < 100; i++) await database.put(bytes('k'), bytes(String(i)), { durability: 'os' });
  await database.compact();
  expect(text(await database.get(bytes('k')))).toBe('99');
  await database.close();
});
