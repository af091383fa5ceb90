import { beforeAll, expect, test } from 'vitest';
import { CoreCacheError } from '../../src/base/errors.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import type { FileSystem } from '../../src/env/file-system.js';
import { compressions } from '../../src/lsm/tree-options.js';
import type { Database } from '../../src/store/database.js';
import { bytes, DIRECTORY, memoryPlace, openIn, text, tinyOptions } from '../store/memory-database.js';
import { Random } from '../support/random.js';
import { filesIn } from '../support/tree-contents.js';

/** Positions tried in each file. */
const SAMPLES = 60;

let sound: CrashableFileSystem;
let expected: Map<string, string>;
let files: string[];

beforeAll(async () => {
  sound = new CrashableFileSystem();
  expected = new Map();
  let database = await openIn(memoryPlace(sound), tinyOptions);
  const random = new Random(1);
  for (let i = 0; i < 150; i++) {
    const key = `key ${random.below(80)}`;
    const value = `value ${i} ${'x'.repeat(random.below(30))}`;
    await database.put(bytes(key), bytes(value), i % 7 === 0 ? { contentType: 'text/plain', ttlMs: 1_000_000 } : {});
    expected.set(key, value);
    if (i % 9 === 0) await database.delete(bytes(key));
    if (i % 9 === 0) expected.delete(key);
    if (i === 90) await database.compact();
    if (i === 130) await database.flush();
    // Some tables of each kind.
    if (i % 50 === 0) {
      await database.close();
      database = await openIn(memoryPlace(sound), { ...tinyOptions, compression: compressions[i / 50]! });
    }
  }
  await database.close();
  files = (await filesIn(sound, DIRECTORY)).filter((path) => !path.endsWith('LOCK'));
});

test('there is a file of every kind', () => {
  for (const kind of [/IDENTITY$/, /\.log$/, /CURRENT$/, /MANIFEST-/, /\.data$/, /\.index$/, /\.values$/]) {
    expect(files.some((path) => kind.test(path))).toBe(true);
  }
});

for (const kind of ['IDENTITY', 'log', 'CURRENT', 'MANIFEST', 'data', 'index', 'values']) {
  test(`a flipped bit in ${kind}: a clear error or the right answer, and nothing else is lost`, async () => {
    const ofKind = files.filter((path) => path.includes(kind.length <= 6 ? `.${kind}` : kind) || path.endsWith(kind));
    let errors = 0;
    for (const path of ofKind) {
      const content = await sound.readFile(path);
      const random = new Random(content.length);
      for (let sample = 0; sample < SAMPLES / Math.min(ofKind.length, 4); sample++) {
        const at = random.below(content.length);
        const damaged = await withDamage(path, content, at, 1 << random.below(8));
        const mappedBytesMax = sample % 2 === 0 ? 0 : 1024 * 1024;
        errors += await checkAnswers(damaged, mappedBytesMax, `${path} at ${at}, ${mappedBytesMax} bytes mapped`);
      }
    }
    expect(errors).toBeGreaterThan(0);
  });
}

async function withDamage(path: string, content: Uint8Array, at: number, mask: number): Promise<FileSystem> {
  const fileSystem = sound.clone();
  const damaged = Uint8Array.from(content);
  damaged[at] = damaged[at]! ^ mask;
  await fileSystem.remove(path);
  const file = await fileSystem.openWriter(path, 'create');
  await file.write([damaged]);
  await file.sync();
  await file.close();
  return fileSystem;
}

/**
 * Opens, reads every way there is, and returns 1 when the damage was told, 0 when it did not matter.
 * @param mappedBytesMax of the database
 */
async function checkAnswers(fileSystem: FileSystem, mappedBytesMax: number, what: string): Promise<number> {
  let database: Database;
  try {
    database = await openIn(memoryPlace(fileSystem), { ...tinyOptions, mappedBytesMax });
  } catch (error) {
    expectClear(error, what);
    return 1;
  }
  let told = 0;
  try {
    for (const [key, value] of expected) {
      try {
        expect(text(database.getSync(bytes(key))), `${what}: ${key}`).toBe(value);
      } catch (error) {
        expectClear(error, what);
        told = 1;
      }
    }
    told = Math.max(told, await checkScan(database, what));
    const { problems } = await database.verify();
    if (told === 1) expect(problems, what).not.toEqual([]);
    return problems.length > 0 ? 1 : told;
  } finally {
    await database.close();
  }
}

async function checkScan(database: Database, what: string): Promise<number> {
  const keys = [...expected.keys()].sort();
  let at = 0;
  try {
    for await (const [key, value] of database.scan()) {
      expect(text(key), what).toBe(keys[at]);
      expect(text(value), what).toBe(expected.get(keys[at++]!));
    }
    expect(at, what).toBe(keys.length);
    return 0;
  } catch (error) {
    expectClear(error, what);
    return 1;
  }
}

function expectClear(error: unknown, what: string): void {
  if (!(error instanceof CoreCacheError)) throw error;
  expect(['CORRUPTION', 'NEWER_FORMAT'], `${what}: ${error.message}`).toContain(error.code);
  expect(error.data, what).toHaveProperty('file');
}
