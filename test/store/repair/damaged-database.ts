import { join } from 'node:path';
import { expect } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import type { FileSystem } from '../../../src/env/file-system.js';
import { Database } from '../../../src/store/database.js';
import type { RepairOptions } from '../../../src/store/repair/repair-database.js';
import type { RepairReport } from '../../../src/store/repair/repair-report.js';
import { Random } from '../../support/random.js';
import { bytes, DIRECTORY, memoryPlace, openIn, pairs, text, tinyOptions } from '../memory-database.js';

export const TREE = join(DIRECTORY, 'partition-0');
export const LOG = join(DIRECTORY, 'log');

export interface Sound {
  readonly fileSystem: CrashableFileSystem;
  /** What a scan shows, as `key=value`. */
  readonly state: string[];
  /** Every value that a key ever had. */
  readonly history: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A closed database with tables in several levels and records in the log. */
export async function soundDatabase(seed = 1, separatedValueBytesMin = 0): Promise<Sound> {
  const fileSystem = new CrashableFileSystem();
  const database = await openIn(memoryPlace(fileSystem), {
    ...tinyOptions,
    separatedValueBytesMin,
    logSegmentBytesMax: 1024,
  });
  const random = new Random(seed);
  const history = new Map<string, Set<string>>();
  for (let i = 0; i < 250; i++) {
    const key = `key ${random.below(120)}`;
    // Not many deletes: tables of tombstones would be compacted at once, and the manifest not end with a flush.
    if (random.chance(0.1)) await database.delete(bytes(key));
    else {
      const value = `value ${i} ${'x'.repeat(random.below(30))}`;
      await database.put(bytes(key), bytes(value));
      history.set(key, (history.get(key) ?? new Set()).add(value));
    }
    // After the second one a few tables come on top, but not so many that one more compaction would end the manifest.
    if (i === 100 || i === 240) await database.compact();
  }
  await database.flush();
  for (let i = 0; i < 15; i++) {
    await database.put(bytes(`late ${i}`), bytes(`value ${i}`));
    history.set(`late ${i}`, new Set([`value ${i}`]));
  }
  const state = await pairs(database.scan());
  await database.close();
  return { fileSystem, state, history };
}

/** In memory, with the tiny options of the tests. */
export function repair(fileSystem: FileSystem, options: RepairOptions = {}): Promise<RepairReport> {
  return Database.repair(DIRECTORY, { ...tinyOptions, environment: memoryPlace(fileSystem), ...options });
}

export async function flip(fileSystem: FileSystem, path: string, offset: number): Promise<void> {
  const content = Uint8Array.from(await fileSystem.readFile(path));
  const at = offset < 0 ? content.length + offset : offset;
  content[at] = content[at]! ^ 0x10;
  await rewrite(fileSystem, path, content);
}

export async function rewrite(fileSystem: FileSystem, path: string, content: Uint8Array): Promise<void> {
  await fileSystem.remove(path);
  const file = await fileSystem.openWriter(path, 'create');
  await file.write([content]);
  await file.sync();
  await file.close();
}

export async function fileOf(fileSystem: FileSystem, directory: string, pattern: RegExp): Promise<string> {
  const name = (await fileSystem.list(directory)).findLast((each) => pattern.test(each));
  expect(name, `${pattern.source} in ${directory}`).toBeDefined();
  return join(directory, name!);
}

/** It opens, verifies, takes writes, and opens again. Returns what a scan shows. */
export async function openAndVerify(fileSystem: FileSystem): Promise<string[]> {
  const database = await openIn(memoryPlace(fileSystem), tinyOptions);
  expect((await database.verify()).problems).toEqual([]);
  const state = await pairs(database.scan());
  await database.put(bytes('~'), bytes('after'));
  await database.compact();
  await database.close();
  const again = await openIn(memoryPlace(fileSystem), tinyOptions);
  expect(text(await again.get(bytes('~')))).toBe('after');
  await again.delete(bytes('~'));
  expect(await pairs(again.scan())).toEqual(state);
  await again.close();
  return state;
}

/** Nothing in `state` was never written. */
export function expectNothingInvented(state: readonly string[], { history }: Sound): void {
  for (const line of state) {
    const [key = '', ...value] = line.split('=');
    expect(history.get(key)?.has(value.join('=')), line).toBe(true);
  }
}
