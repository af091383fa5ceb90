import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { Random } from '../../support/random.js';
import { bytes, memoryPlace, openIn, pairs, text, tinyOptions } from '../memory-database.js';
import { fileOf, flip, openAndVerify, repair, TREE } from './damaged-database.js';

/** A closed database whose manifest ends with the record of a compaction. */
async function compacted(seed: number): Promise<{ fileSystem: CrashableFileSystem; state: string[] }> {
  const fileSystem = new CrashableFileSystem();
  const database = await openIn(memoryPlace(fileSystem), tinyOptions);
  const random = new Random(seed);
  for (let i = 0; i < 250; i++) {
    const key = bytes(`key ${random.below(120)}`);
    if (random.chance(0.1)) await database.delete(key);
    else await database.put(key, bytes(`value ${i} ${'x'.repeat(random.below(30))}`));
  }
  await database.flush();
  await database.compact();
  const state = await pairs(database.scan());
  await database.close();
  return { fileSystem, state };
}

for (const seed of [1, 2, 3]) {
  test(`tables that a compaction replaced are not lost when its record is, seed ${seed}`, async () => {
    const { fileSystem, state } = await compacted(seed);
    await flip(fileSystem, await fileOf(fileSystem, TREE, /^MANIFEST/), -1);
    const { found, losses } = await repair(fileSystem);
    expect(losses).toEqual([]);
    expect(found.map(({ what }) => what)).toContainEqual(expect.stringMatching(/is gone, and what it held is in \d/));
    expect(await openAndVerify(fileSystem)).toEqual(state);
  });
}

test('a table that is gone is lost when what a compaction made is gone too, and its keys are named', async () => {
  const { fileSystem } = await compacted(1);
  await flip(fileSystem, await fileOf(fileSystem, TREE, /^MANIFEST/), -1);
  await fileSystem.remove(await fileOf(fileSystem, TREE, /\.data$/));
  const { losses } = await repair(fileSystem);
  const named = losses.filter(
    ({ firstKey, lastKey }) => text(firstKey)?.startsWith('key') && text(lastKey)?.startsWith('key'),
  );
  expect(named.length).toBeGreaterThan(0);
});
