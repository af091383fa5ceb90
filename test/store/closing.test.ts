import { beforeEach, expect, test, vi } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import type { Database } from '../../src/store/database.js';
import { bytes, codeOf, memoryPlace, openIn, text, tinyOptions, type MemoryPlace } from './memory-database.js';

let place: MemoryPlace;
let database: Database;

beforeEach(async () => {
  place = memoryPlace();
  database = await openIn(place, tinyOptions);
});

test('closing twice is closing once', async () => {
  await Promise.all([database.close(), database.close()]);
  await database.close();
});

test('writes that were called before are answered and kept', async () => {
  const writes = Array.from({ length: 300 }, (_, i) => database.put(bytes(`k${i}`), bytes('v'), { durability: 'os' }));
  const closed = database.close();
  const outcomes = await Promise.allSettled(writes);
  await closed;
  database = await openIn(place, tinyOptions);
  for (const [i, { status }] of outcomes.entries()) {
    if (status === 'fulfilled') expect(text(await database.get(bytes(`k${i}`)))).toBe('v');
    else expect(await database.get(bytes(`k${i}`))).toBeUndefined();
  }
  expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
  await database.close();
});

test('every call after close answers CLOSED', async () => {
  const scan = database.scan();
  await database.close();
  const closed = { code: 'CLOSED' };
  await expect(database.put(bytes('k'), bytes('v'))).rejects.toMatchObject(closed);
  await expect(database.delete(bytes('k'))).rejects.toMatchObject(closed);
  await expect(database.write([{ type: 'delete', key: bytes('k') }])).rejects.toMatchObject(closed);
  await expect(database.get(bytes('k'))).rejects.toMatchObject(closed);
  await expect(database.getEntry(bytes('k'))).rejects.toMatchObject(closed);
  await expect(database.flush()).rejects.toMatchObject(closed);
  await expect(database.compact()).rejects.toMatchObject(closed);
  await expect(database.checkpoint('/elsewhere')).rejects.toMatchObject(closed);
  await expect(database.verify()).rejects.toMatchObject(closed);
  await expect(database.beginEpoch(1)).rejects.toMatchObject(closed);
  for (const call of [
    () => database.getSync(bytes('k')),
    () => database.scan(),
    () => scan[Symbol.asyncIterator](),
    () => database.snapshot(),
    () => database.stats(),
  ]) {
    expect(call).toThrow(expect.objectContaining(closed));
  }
});

test('a scan that is open is ended with CLOSED', async () => {
  for (let i = 0; i < 100; i++) await database.put(bytes(`k${i}`), bytes('v'), { durability: 'os' });
  await database.flush();
  const waiting = database.scan()[Symbol.asyncIterator]();
  await waiting.next();
  const reading = database.scan({ reverse: true })[Symbol.asyncIterator]();
  const answer = reading.next().then(() => 'read', codeOf);
  await database.close();
  expect(['read', 'CLOSED']).toContain(await answer);
  await expect(waiting.next()).rejects.toMatchObject({ code: 'CLOSED' });
  await expect(reading.next()).rejects.toMatchObject({ code: 'CLOSED' });
  await waiting.return();
});

test('a conditional write that waits for the disk is answered', async () => {
  await database.put(bytes('k'), bytes('v'));
  await database.flush();
  const write = database.put(bytes('k'), bytes('w'), { ifVersion: 'present' });
  const outcome = write.then(() => 'written', codeOf);
  await database.close();
  expect(['written', 'CLOSED']).toContain(await outcome);
});

test('snapshots that are held do not stop closing', async () => {
  const snapshot = database.snapshot();
  await database.close();
  snapshot.release();
});

test('the directory is given back when a verification that is under way has ended', async () => {
  const files = new CrashableFileSystem();
  const list = files.list.bind(files);
  const events: string[] = [];
  let goOn = (): void => undefined;
  const isListing = new Promise<void>((resolve) => {
    // The log's share of the verification begins with a list of its directory.
    vi.spyOn(files, 'list').mockImplementation(async (directory) => {
      if (events[0] === 'opened' && directory.endsWith('/log')) {
        resolve();
        await new Promise<void>((listNow) => (goOn = listNow));
      }
      return list(directory);
    });
  });
  const verified = await openIn(memoryPlace(files), tinyOptions);
  events.push('opened');
  const verification = verified.verify().finally(() => events.push('verified'));
  await isListing;
  const closed = verified.close().finally(() => events.push('closed'));
  await new Promise(setImmediate);
  goOn();
  await Promise.all([verification, closed]);
  expect(events).toEqual(['opened', 'verified', 'closed']);
});
