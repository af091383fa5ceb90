import { expect, test } from 'vitest';
import { openIn, memoryPlace } from './memory-database.js';
import { Random } from '../support/random.js';

/** Comparing so many bytes one by one, as an expectation does, takes seconds. */
function isSame(found: Uint8Array | undefined, expected: Uint8Array): boolean {
  return found !== undefined && Buffer.compare(found, expected) === 0;
}

function keyOf(i: number): Buffer {
  return Buffer.from(`key ${i % 40}`);
}

test('values put side by side are each as they were when put was called, before and after a reopening', async () => {
  const place = memoryPlace();
  let database = await openIn(place);
  const random = new Random(1);
  const expected = new Map<string, Uint8Array>();
  const buffer = Buffer.alloc(60_000);
  for (let round = 0; round < 20; round++) {
    const writes: Promise<unknown>[] = [];
    for (let i = 0; i < 15; i++) {
      const key = keyOf(random.below(40));
      const value = buffer.subarray(0, random.below(buffer.length)).fill(round * 15 + i);
      expected.set(key.toString(), Buffer.from(value));
      if (i % 3 === 0) writes.push(database.write([{ type: 'put', key, value }]));
      else writes.push(database.put(key, value, i % 3 === 1 ? { contentType: 'text/plain' } : {}));
    }
    await Promise.all(writes);
  }
  for (const [key, value] of expected) expect(isSame(database.getSync(Buffer.from(key)), value), key).toBe(true);
  await database.close();
  database = await openIn(place);
  for (const [key, value] of expected) expect(isSame(database.getSync(Buffer.from(key)), value), key).toBe(true);
  await database.close();
});

test('a read out of memory is the reader’s own, whatever is put afterwards', async () => {
  const database = await openIn(memoryPlace());
  const key = Buffer.from('k');
  await database.put(key, Buffer.alloc(20_000, 'a'));
  const read = await database.get(key);
  await database.put(key, Buffer.alloc(20_000, 'b'));
  expect(isSame(read, Buffer.alloc(20_000, 'a'))).toBe(true);
  await database.close();
});
