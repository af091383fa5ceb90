import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import type { FileSystem } from '../../src/env/file-system.js';
import type { Database } from '../../src/store/database.js';
import { Random } from '../support/random.js';
import { bytes, codeOf, memoryPlace, openIn, text, tinyOptions } from './memory-database.js';

/** Nothing stays in memory that has been flushed. */
const cold = { ...tinyOptions, cacheBytesMax: 0 };

async function filled(database: Database, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await database.put(bytes(`k${i}`), bytes(`v${i}`));
}

async function texts(answer: Promise<(Uint8Array | undefined)[]>): Promise<(string | undefined)[]> {
  return (await answer).map(text);
}

/** Reads of the disk that take turns of the event loop, so that other work comes between them. */
function withSlowReads(fileSystem: CrashableFileSystem): FileSystem {
  const openReader = fileSystem.openReader.bind(fileSystem);
  fileSystem.openReader = async (path) => {
    const file = await openReader(path);
    const read = file.read.bind(file);
    file.read = async (target, position) => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      return read(target, position);
    };
    return file;
  };
  return fileSystem;
}

test('answers stand in the order of the keys, twice for a key asked twice, undefined for an absent one', async () => {
  const database = await openIn(memoryPlace(), cold);
  await filled(database, 50);
  await database.flush();
  const keys = ['k9', 'nobody', 'k1', 'k9', 'k40'].map(bytes);
  expect(await texts(database.multiGet(keys))).toEqual(['v9', undefined, 'v1', 'v9', 'v40']);
  expect(await database.multiGet([])).toEqual([]);
  await database.close();
});

test('many keys are what as many gets are, whatever is in memory, in tables, deleted or ended', async () => {
  const place = memoryPlace();
  const database = await openIn(place, cold);
  const random = new Random(3);
  for (let round = 0; round < 400; round++) {
    const key = bytes(`k${random.below(200)}`);
    if (random.chance(0.2)) await database.delete(key);
    else await database.put(key, bytes(`v${round}`), random.chance(0.2) ? { ttlMs: 50 } : {});
    if (random.chance(0.02)) await database.flush();
    if (random.chance(0.01)) await database.compact();
    place.clock.advance(1);
  }
  const keys = Array.from({ length: 1000 }, () => bytes(`k${random.below(220)}`));
  const expected = await Promise.all(keys.map((key) => database.get(key)));
  expect(await texts(database.multiGet(keys))).toEqual(expected.map(text));
  await database.close();
});

test('all answers are of the moment of the call, whatever is written, flushed and compacted meanwhile', async () => {
  const place = memoryPlace(withSlowReads(new CrashableFileSystem()));
  const database = await openIn(place, cold);
  await filled(database, 300);
  await database.flush();
  await database.put(bytes('ends'), bytes('soon'), { ttlMs: 10 });
  await database.flush();
  const keys = ['ends', ...Array.from({ length: 300 }, (_, i) => `k${i}`)].map(bytes);
  const answer = texts(database.multiGet(keys));
  for (const key of keys) key.fill(0);
  place.clock.advance(10);
  for (let i = 299; i >= 0; i--) void database.put(bytes(`k${i}`), bytes('later'));
  await database.compact();
  expect(await answer).toEqual(['soon', ...Array.from({ length: 300 }, (_, i) => `v${i}`)]);
  await database.close();
});

test('a snapshot is looked at, and one that is released before the answer is refused', async () => {
  const database = await openIn(memoryPlace(), cold);
  await filled(database, 5);
  const snapshot = database.snapshot();
  await database.put(bytes('k1'), bytes('new'));
  await database.flush();
  expect(await texts(database.multiGet([bytes('k1')], { snapshot }))).toEqual(['v1']);
  const answer = database.multiGet([bytes('k1')], { snapshot }).catch(codeOf);
  snapshot.release();
  expect(await answer).toBe('INVALID_ARGUMENT');
  await database.close();
});

test('one key that cannot be read makes the whole call fail, and one that is none is refused at once', async () => {
  const fileSystem = new FaultyFileSystem(new CrashableFileSystem());
  const database = await openIn(memoryPlace(fileSystem), cold);
  await filled(database, 100);
  await database.flush();
  expect(await database.multiGet([bytes('k1'), bytes('')]).catch(codeOf)).toBe('INVALID_ARGUMENT');
  fileSystem.inject(Fault.fail({ operation: 'read', path: /\.data$/ }, 'EIO'));
  const keys = Array.from({ length: 100 }, (_, i) => bytes(`k${i}`));
  expect(await database.multiGet(keys).catch(codeOf)).toBe('IO');
  await database.close();
});

test('the bytes of a key may be used again while a get waits for the disk', async () => {
  const database = await openIn(memoryPlace(), cold);
  await filled(database, 5);
  await database.flush();
  const key = bytes('k1');
  const answer = database.get(key);
  key.fill(0);
  expect(text(await answer)).toBe('v1');
  await database.close();
});
