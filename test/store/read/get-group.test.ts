import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { GetGroup } from '../../../src/store/read/get-group.js';
import type { Database } from '../../../src/store/database.js';
import { takeValue } from '../../../src/lsm/entry.js';
import { TreeUnderTest } from '../../lsm/tree/tree-under-test.js';
import { fileOf, flip, TREE } from '../repair/damaged-database.js';
import { bytes, codeOf, memoryPlace, openIn, text } from '../memory-database.js';

const keys = Array.from({ length: 200 }, (_, i) => `k${String(i).padStart(3, '0')}`);
const valueOf = (key: string): string => key.repeat(25);

describe('reads of one turn', () => {
  let fileSystem: CrashableFileSystem;
  let database: Database;

  beforeEach(async () => {
    fileSystem = new CrashableFileSystem(() => true);
    database = await open();
    for (const key of keys) await database.put(bytes(key), bytes(valueOf(key)));
    await database.flush();
  });
  afterEach(() => database.close());

  function open(): Promise<Database> {
    return openIn(memoryPlace(fileSystem), { blockBytes: 256, settleAfterMs: 0 });
  }

  test('are answered each with its own, more of them than a group has, absent ones too', async () => {
    const asked = [...keys, 'absent', ...keys.toReversed(), 'k', 'k0000'];
    const answers = await Promise.all(asked.map((key) => database.get(bytes(key))));
    expect(answers.map(text)).toEqual(asked.map((key) => (keys.includes(key) ? valueOf(key) : undefined)));
  });

  test('do not mind what becomes of the memory of their keys', async () => {
    const key = bytes('k000');
    const answers = keys.map((name) => {
      key.set(bytes(name));
      return database.get(key);
    });
    key.fill(0);
    expect((await Promise.all(answers)).map(text)).toEqual(keys.map(valueOf));
  });

  test('see a snapshot that is released in the same turn', async () => {
    const snapshot = database.snapshot();
    await database.put(bytes('k007'), bytes('new'));
    const answers = keys.map((key) => database.get(bytes(key), { snapshot }));
    snapshot.release();
    expect((await Promise.all(answers)).map(text)).toEqual(keys.map(valueOf));
    expect(await database.get(bytes('k007'), { snapshot }).catch(codeOf)).toBe('INVALID_ARGUMENT');
  });

  test('are answered when the database is closed in it', async () => {
    const answers = keys.map((key) => database.get(bytes(key)));
    const closed = database.close();
    expect((await Promise.all(answers)).map(text)).toEqual(keys.map(valueOf));
    await closed;
    database = await open();
  });

  test('fail by themselves when their block is damaged', async () => {
    await database.close();
    await flip(fileSystem, await fileOf(fileSystem, TREE, /\.data$/), 4000);
    database = await open();
    // The table is open from here on, so that the others are looked for together.
    expect(text(await database.get(bytes('k000')))).toBe(valueOf('k000'));
    const answers = await Promise.all(keys.map((key) => database.get(bytes(key)).then(text, codeOf)));
    const failed = answers.filter((answer) => answer === 'CORRUPTION');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(10);
    for (const [i, answer] of answers.entries()) {
      if (answer !== 'CORRUPTION') expect(answer).toBe(valueOf(keys[i]!));
    }
  });
});

test.each([1, 2, 30, 64, 65])('%d reads see what was there when they were asked for', async (count) => {
  const subject = await TreeUnderTest.open({ options: { memtableBytesMax: 1 << 20 } });
  const names = keys.slice(0, count);
  for (const key of names) subject.put(key, 'old');
  const group = new GetGroup(subject.tree, {
    readOne: (key, _, atSequence) => bytes(subject.get(text(key)!, atSequence)!),
    take: takeValue,
    answer: (value) => value,
  });
  const answers = names.map((key) => group.get(bytes(key), subject.tree.lastSequence));
  for (const key of names) subject.put(key, 'new');
  expect((await Promise.all(answers)).map(text)).toEqual(names.map(() => 'old'));
  await subject.close();
});
