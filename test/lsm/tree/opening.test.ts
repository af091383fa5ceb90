import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { spareMemory } from '../../../src/lsm/memtable/spare-memory.js';
import { DIRECTORY, TreeUnderTest } from './tree-under-test.js';

async function filled(): Promise<CrashableFileSystem> {
  const fileSystem = new CrashableFileSystem();
  const subject = await TreeUnderTest.open({ fileSystem });
  for (const key of ['a', 'b']) {
    subject.put(key, '1');
    await subject.tree.flush();
  }
  await subject.close();
  return fileSystem;
}

async function touch(fileSystem: CrashableFileSystem, name: string): Promise<void> {
  const file = await fileSystem.openWriter(join(DIRECTORY, name), 'create');
  await file.write([Buffer.from('left behind')]);
  await file.close();
}

describe('opening a tree', () => {
  it('removes what a crash left behind, and nothing that it did not name', async () => {
    const fileSystem = await filled();
    const before = await fileSystem.list(DIRECTORY);
    const leftovers = ['000077.data', '000077.index', '000078.data.tmp', 'MANIFEST-000079', 'CURRENT.tmp'];
    const foreign = ['notes.txt', 'picture.tmp', '77.data'];
    for (const name of [...leftovers, ...foreign]) await touch(fileSystem, name);
    const subject = await TreeUnderTest.open({ fileSystem });
    expect(await fileSystem.list(DIRECTORY)).toEqual([...before, ...foreign].sort());
    expect(subject.scan()).toEqual(['a=1', 'b=1']);
    await subject.close();
  });

  it('names a table file that is missing, and changes nothing', async () => {
    const fileSystem = await filled();
    const [data] = (await fileSystem.list(DIRECTORY)).filter((name) => name.endsWith('.index'));
    await fileSystem.remove(join(DIRECTORY, data!));
    await touch(fileSystem, '000077.data');
    const calls = fileSystem.callCount;
    await expect(TreeUnderTest.open({ fileSystem })).rejects.toMatchObject({
      code: 'CORRUPTION',
      data: { file: join(DIRECTORY, data!) },
    });
    expect(fileSystem.callCount).toBe(calls);
  });

  it('does not begin anew where CURRENT is lost', async () => {
    const fileSystem = await filled();
    await fileSystem.remove(join(DIRECTORY, 'CURRENT'));
    const calls = fileSystem.callCount;
    await expect(TreeUnderTest.open({ fileSystem })).rejects.toMatchObject({ code: 'CORRUPTION' });
    expect(fileSystem.callCount).toBe(calls);
  });

  it('does not make a tree unless it is told to', async () => {
    const fileSystem = new CrashableFileSystem();
    await expect(TreeUnderTest.open({ fileSystem, createIfMissing: false })).rejects.toMatchObject({
      code: 'CORRUPTION',
    });
    expect(await fileSystem.exists(DIRECTORY)).toBe(false);
  });

  it('removes no table while the end of the manifest is in doubt, nor after a second opening', async () => {
    const fileSystem = await filled();
    const [manifest] = (await fileSystem.list(DIRECTORY)).filter((name) => name.startsWith('MANIFEST'));
    const path = join(DIRECTORY, manifest!);
    // The record of eight bytes that follows a flush's, and the last byte of the flush's: power went during its write.
    await fileSystem.truncate(path, (await fileSystem.sizeOf(path)) - 9);
    const before = await fileSystem.list(DIRECTORY);
    for (let opening = 0; opening < 2; opening++) {
      const subject = await TreeUnderTest.open({ fileSystem });
      expect(subject.tree.flushedSequence).toBe(1);
      await subject.close();
      expect(await fileSystem.list(DIRECTORY)).toEqual(before);
    }
  });

  it('takes the memory of the memtables of a tree that was closed', async () => {
    const options = { memtableBytesMax: 12_344 };
    const first = await TreeUnderTest.open({ options });
    first.put('a', '1');
    // What it is called with is held by it, so that no collector comes between.
    const give = vi.spyOn(spareMemory, 'give');
    await first.close();
    const [memory] = give.mock.calls.at(-1)!;
    const arenaBytes = memory.arena.byteLength;
    const second = await TreeUnderTest.open({ options });
    expect(spareMemory.take(arenaBytes)).toBeUndefined();
    expect(second.scan()).toEqual([]);
    await second.close();
    expect(spareMemory.take(arenaBytes)?.arena).toBe(memory.arena);
    give.mockRestore();
  });
});
