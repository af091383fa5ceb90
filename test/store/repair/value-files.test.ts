import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { writeFrame } from '../../../src/lsm/sstable/file-frame.js';
import { VALUE_MAGIC } from '../../../src/lsm/value-file/value-format.js';
import { codeOf, DIRECTORY } from '../memory-database.js';
import {
  expectNothingInvented,
  fileOf,
  flip,
  LOG,
  openAndVerify,
  repair,
  rewrite,
  soundDatabase,
  TREE,
  type Sound,
} from './damaged-database.js';

let sound: Sound;
beforeAll(async () => {
  sound = await soundDatabase(1, 24);
});

/** A copy with tables alone: what they lose, the log does not bring back. */
async function copy(): Promise<CrashableFileSystem> {
  const fileSystem = sound.fileSystem.clone();
  expect(await fileSystem.list(LOG)).not.toEqual([]);
  return fileSystem;
}

test('value files that tables refer to stay when the manifest is lost', async () => {
  const fileSystem = await copy();
  await fileSystem.remove(await fileOf(fileSystem, TREE, /^MANIFEST/));
  expect((await repair(fileSystem)).losses).toEqual([]);
  expect(await openAndVerify(fileSystem)).toEqual(sound.state);
  expect(await repair(fileSystem)).toMatchObject({ found: [] });
});

test('a damaged value is lost alone, and named with its key', async () => {
  const fileSystem = await copy();
  const path = await fileOf(fileSystem, TREE, /\.values$/);
  await flip(fileSystem, path, -1);
  const { losses } = await repair(fileSystem);
  expect(losses).toMatchObject([{ file: path, what: expect.stringMatching(/checksum/) as string }]);
  expect(losses[0]!.firstKey).toEqual(losses[0]!.lastKey);
  const state = await openAndVerify(fileSystem);
  expectNothingInvented(state, sound);
  expect(sound.state.filter((line) => !state.includes(line)).length).toBeLessThanOrEqual(1);
});

test('a value file with a damaged header loses nothing, and stays as it was among what is set aside', async () => {
  const fileSystem = await copy();
  const path = await fileOf(fileSystem, TREE, /\.values$/);
  await flip(fileSystem, path, 3);
  const damaged = await fileSystem.readFile(path);
  const { found, losses, lostDirectory } = await repair(fileSystem);
  expect(found).toMatchObject([{ file: path, what: expect.stringMatching(/magic/) as string }]);
  expect(losses).toEqual([]);
  expect(await fileSystem.readFile(path.replace(DIRECTORY, lostDirectory!))).toEqual(damaged);
  expect(await openAndVerify(fileSystem)).toEqual(sound.state);
  expect(await repair(fileSystem)).toMatchObject({ found: [] });
});

test('a value file of a newer format is refused', async () => {
  const fileSystem = await copy();
  const path = await fileOf(fileSystem, TREE, /\.values$/);
  const content = Uint8Array.from(await fileSystem.readFile(path));
  writeFrame(content, 0, VALUE_MAGIC, 2);
  await rewrite(fileSystem, path, content);
  expect(await repair(fileSystem).catch(codeOf)).toBe('NEWER_FORMAT');
});

test('of a missing value file all entries are lost that refer to it, and no others', async () => {
  const fileSystem = await copy();
  const path = await fileOf(fileSystem, TREE, /\.values$/);
  await fileSystem.remove(path);
  const { losses } = await repair(fileSystem);
  expect(losses.length).toBeGreaterThan(0);
  for (const loss of losses) expect(loss).toMatchObject({ file: path });
  const state = await openAndVerify(fileSystem);
  expectNothingInvented(state, sound);
  expect(state.length).toBeGreaterThan(sound.state.length / 2);
});

test('a value file that nothing refers to is set aside', async () => {
  const fileSystem = await copy();
  const stray = join(TREE, '000999.values');
  await fileSystem.link(await fileOf(fileSystem, TREE, /\.values$/), stray);
  await fileSystem.remove(await fileOf(fileSystem, TREE, /^MANIFEST/));
  const { setAside } = await repair(fileSystem);
  expect(setAside).toContain('partition-0/000999.values');
  expect(await openAndVerify(fileSystem)).toEqual(sound.state);
});
