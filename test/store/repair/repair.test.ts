import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { SegmentScan } from '../../../src/log/segment-scan.js';
import { codeOf, DIRECTORY, memoryPlace, openIn } from '../memory-database.js';
import { treeContents } from '../../support/tree-contents.js';
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
  sound = await soundDatabase();
});
const copy = (): CrashableFileSystem => sound.fileSystem.clone();

test('a sound database is left alone', async () => {
  const fileSystem = copy();
  const before = await treeContents(fileSystem, DIRECTORY);
  expect(await repair(fileSystem)).toMatchObject({ found: [], losses: [], actions: [], setAside: [] });
  expect(await treeContents(fileSystem, DIRECTORY)).toEqual(before);
});

for (const [what, lose] of Object.entries<(fileSystem: CrashableFileSystem) => Promise<void>>({
  'CURRENT is missing': (fileSystem) => fileSystem.remove(join(TREE, 'CURRENT')),
  'CURRENT is damaged': (fileSystem) => flip(fileSystem, join(TREE, 'CURRENT'), 3),
  'the manifest is missing': async (fileSystem) => fileSystem.remove(await fileOf(fileSystem, TREE, /^MANIFEST/)),
  'the manifest is damaged at its start': async (fileSystem) =>
    flip(fileSystem, await fileOf(fileSystem, TREE, /^MANIFEST/), 2),
  'the manifest is damaged in the middle': async (fileSystem) =>
    flip(fileSystem, await fileOf(fileSystem, TREE, /^MANIFEST/), 200),
  'the manifest is damaged at its end': async (fileSystem) =>
    flip(fileSystem, await fileOf(fileSystem, TREE, /^MANIFEST/), -1),
  'CURRENT and the manifest are missing': async (fileSystem) => {
    await fileSystem.remove(await fileOf(fileSystem, TREE, /^MANIFEST/));
    await fileSystem.remove(join(TREE, 'CURRENT'));
  },
  'IDENTITY is damaged': (fileSystem) => flip(fileSystem, join(DIRECTORY, 'IDENTITY'), 5),
  'IDENTITY is missing': (fileSystem) => fileSystem.remove(join(DIRECTORY, 'IDENTITY')),
  'the first page of an index is damaged': async (fileSystem) =>
    flip(fileSystem, await fileOf(fileSystem, TREE, /\.index$/), 30),
  'what says where the pages of an index are is damaged': async (fileSystem) =>
    flip(fileSystem, await fileOf(fileSystem, TREE, /\.index$/), -60),
  'the footer of an index is damaged': async (fileSystem) =>
    flip(fileSystem, await fileOf(fileSystem, TREE, /\.index$/), -3),
  'the header of a data file is damaged': async (fileSystem) =>
    flip(fileSystem, await fileOf(fileSystem, TREE, /\.data$/), 2),
})) {
  test(`nothing that was stored is lost when ${what}`, async () => {
    const fileSystem = copy();
    await lose(fileSystem);
    const report = await repair(fileSystem);
    expect(report.found).not.toEqual([]);
    expect(report.losses).toEqual([]);
    expect(await openAndVerify(fileSystem)).toEqual(sound.state);
    expect(await repair(fileSystem)).toMatchObject({ found: [] });
  });
}

test('a dry run says the same and changes nothing', async () => {
  const fileSystem = copy();
  await flip(fileSystem, await fileOf(fileSystem, TREE, /^MANIFEST/), 200);
  await flip(fileSystem, await fileOf(fileSystem, TREE, /\.data$/), 100);
  const before = await treeContents(fileSystem, DIRECTORY);
  const dry = await repair(fileSystem, { dryRun: true });
  expect(await treeContents(fileSystem, DIRECTORY)).toEqual(before);
  const { found, losses, warnings, actions } = await repair(fileSystem);
  expect(dry).toMatchObject({ found, losses, warnings, actions, setAside: [], lostDirectory: undefined });
});

test('of a damaged block only its keys are lost, and they are named', async () => {
  const fileSystem = copy();
  await fileSystem.removeTree(LOG);
  const data = await fileOf(fileSystem, TREE, /\.data$/);
  await flip(fileSystem, data, 100);
  const { losses } = await repair(fileSystem);
  const [loss] = losses;
  expect(loss).toMatchObject({ file: data, offset: 28 });
  const [first, last] = [loss!.firstKey, loss!.lastKey].map((key) => Buffer.from(key!).toString());
  const inDoubt = (line: string): boolean => line.split('=')[0]! >= first! && line.split('=')[0]! <= last!;
  const state = await openAndVerify(fileSystem);
  expectNothingInvented(state, sound);
  const isTable = (line: string): boolean => !inDoubt(line) && !line.startsWith('late');
  expect(state.filter(isTable)).toEqual(sound.state.filter(isTable));
});

for (const file of [/\.data$/, /\.index$/]) {
  test(`a table without its ${file.source} is set aside whole and named, never deleted; the log gives back the newest`, async () => {
    const fileSystem = copy();
    await fileSystem.remove(await fileOf(fileSystem, TREE, file));
    const other = await fileOf(fileSystem, TREE, /\.(data|index)$/);
    const content = await fileSystem.readFile(other);
    const { losses, setAside, lostDirectory } = await repair(fileSystem);
    expect(losses.length).toBeGreaterThan(0);
    const name = setAside.find((each) => other.endsWith(each))!;
    expect(await fileSystem.readFile(join(lostDirectory!, name))).toEqual(content);
    const state = await openAndVerify(fileSystem);
    expectNothingInvented(state, sound);
    expect(state.filter((line) => line.startsWith('late'))).toHaveLength(15);
  });
}

test('behind damage in the log what is sound is saved, and the writes that are gone are named by their sequences', async () => {
  const fileSystem = copy();
  const segment = await fileOf(fileSystem, LOG, /\.log$/);
  await fileSystem.readFile(segment);
  const all = (await fileSystem.list(LOG)).map((name) => join(LOG, name));
  const damaged = await longest(fileSystem, all.slice(-3));
  const { start } = new SegmentScan(damaged, await fileSystem.readFile(damaged));
  await flip(fileSystem, damaged, start + 28 + 4);
  expect(await openIn(memoryPlace(fileSystem)).catch(codeOf)).toBe('CORRUPTION');
  const { losses } = await repair(fileSystem);
  expect(losses[0]).toMatchObject({ file: damaged, offset: start, records: 1 });
  const gone = losses.flatMap(({ firstSequence, lastSequence }) =>
    firstSequence === undefined ? [] : [lastSequence! - firstSequence + 1],
  );
  const state = await openAndVerify(fileSystem);
  const lost = gone.reduce((sum, count) => sum + count, 0);
  expect(lost).toBe(sound.state.length - state.length);
  expect(sound.state).toEqual(expect.arrayContaining(state));
});

test('a log segment with a damaged header is lost as a whole, the others are not', async () => {
  const fileSystem = copy();
  const segment = await fileOf(fileSystem, LOG, /\.log$/);
  await flip(fileSystem, segment, 30);
  const { losses, setAside } = await repair(fileSystem);
  expect(losses[0]).toMatchObject({ file: segment, offset: undefined });
  expect(setAside.some((name) => segment.endsWith(name))).toBe(true);
  expectNothingInvented(await openAndVerify(fileSystem), sound);
});

test('a torn end of the log is no damage', async () => {
  const fileSystem = copy();
  const segment = await fileOf(fileSystem, LOG, /\.log$/);
  const content = await fileSystem.readFile(segment);
  await rewrite(fileSystem, segment, Buffer.concat([content, Buffer.from('half a gro')]));
  expect(await repair(fileSystem)).toMatchObject({ found: [] });
  expect(await openAndVerify(fileSystem)).toEqual(sound.state);
});

test('a database without a log keeps what its tables have', async () => {
  const fileSystem = copy();
  await fileSystem.removeTree(LOG);
  expect(await openIn(memoryPlace(fileSystem)).catch(codeOf)).toBe('CORRUPTION');
  expect((await repair(fileSystem)).losses).toHaveLength(1);
  const state = await openAndVerify(fileSystem);
  expect(state).toEqual(sound.state.filter((line) => !line.startsWith('late')));
});

test('what lost something begins a new epoch and is another store; what lost nothing is the same', async () => {
  const identities: { epoch: number; storeUuid: string; lastSequence: number }[] = [];
  for (const damage of [undefined, join(TREE, 'CURRENT'), LOG]) {
    const fileSystem = copy();
    if (damage !== undefined) await fileSystem.removeTree(damage);
    await repair(fileSystem);
    const database = await openIn(memoryPlace(fileSystem));
    const { epoch, storeUuid, lastSequence } = database;
    identities.push({ epoch, storeUuid, lastSequence });
    await database.close();
  }
  const [before, same, other] = identities;
  expect(same).toEqual(before);
  expect(other!.epoch).toBeGreaterThan(before!.epoch);
  expect(other!.storeUuid).not.toBe(before!.storeUuid);
});

test('an open database, a newer format and what is no database are refused', async () => {
  const fileSystem = copy();
  const database = await openIn(memoryPlace(fileSystem));
  expect(await repair(fileSystem).catch(codeOf)).toBe('LOCKED');
  await database.close();
  expect(await repair(new CrashableFileSystem()).catch(codeOf)).toBe('NOT_A_DATABASE');
  const empty = new CrashableFileSystem();
  await empty.makeDirectory(DIRECTORY);
  expect(await repair(empty, { dryRun: true }).catch(codeOf)).toBe('NOT_A_DATABASE');
  expect(await empty.list(DIRECTORY)).toEqual([]);
});

async function longest(fileSystem: CrashableFileSystem, paths: readonly string[]): Promise<string> {
  const sizes = await Promise.all(paths.map((path) => fileSystem.sizeOf(path)));
  return paths[sizes.indexOf(Math.max(...sizes))]!;
}
