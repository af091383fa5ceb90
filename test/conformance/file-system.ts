import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileSystem } from '../../src/env/file-system.js';

export interface FileSystemUnderTest {
  readonly fileSystem: FileSystem;
  /** An empty directory. */
  readonly directory: string;
  readonly remove: () => Promise<void>;
}

/** What every `FileSystem` does. */
export function fileSystemConformance(name: string, make: () => Promise<FileSystemUnderTest>): void {
  describe(`${name} as a file system`, () => {
    let fileSystem: FileSystem;
    let directory: string;
    let remove: () => Promise<void>;
    const at = (file: string): string => join(directory, file);
    const text = async (file: string): Promise<string> => Buffer.from(await fileSystem.readFile(at(file))).toString();
    const put = async (file: string, content: string): Promise<void> => {
      const writer = await fileSystem.openWriter(at(file), 'create');
      await writer.write([Buffer.from(content)]);
      await writer.close();
    };
    const ioError = (operation: string, file: string, systemCode: string): object => ({
      code: 'IO',
      data: { operation, path: at(file), systemCode },
    });

    beforeEach(async () => ({ fileSystem, directory, remove } = await make()));
    afterEach(() => remove());

    it('writes at the end and reads anywhere', async () => {
      const writer = await fileSystem.openWriter(at('a'), 'create');
      expect(writer.size).toBe(0);
      await writer.write([Buffer.from('hello '), new Uint8Array(0), Buffer.from('world')]);
      writer.writeSync([Buffer.from('!')]);
      expect(writer.size).toBe(12);
      await writer.sync();
      writer.syncSync();
      await writer.close();

      const reader = await fileSystem.openReader(at('a'));
      const target = Buffer.alloc(5);
      expect(reader.size).toBe(12);
      expect(await reader.read(target, 6)).toBe(5);
      expect(target.toString()).toBe('world');
      expect(reader.readSync(target, 0)).toBe(5);
      expect(target.toString()).toBe('hello');
      await reader.close();
    });

    it('reads fewer bytes only at the end', async () => {
      await put('a', 'abc');
      const reader = fileSystem.openReaderSync(at('a'));
      const target = Buffer.alloc(8);
      expect(await reader.read(target, 1)).toBe(2);
      expect(reader.readSync(target, 3)).toBe(0);
      expect(await reader.read(target, 100)).toBe(0);
      reader.closeSync();
    });

    it('maps a file as it is, closed or removed meanwhile', async () => {
      expect(fileSystem.mapObstacle).toBeUndefined();
      const content = 'mapped '.repeat(1000);
      await put('a', content);
      const reader = await fileSystem.openReader(at('a'));
      const whileOpen = await reader.map();
      const mapping = reader.map();
      reader.closeSync();
      await fileSystem.remove(at('a'));
      for (const { bytes } of [whileOpen!, (await mapping)!]) expect(Buffer.from(bytes).toString()).toBe(content);
      whileOpen!.close();
      expect(Buffer.from((await mapping)!.bytes).toString()).toBe(content);
      (await mapping)!.close();
    });

    it('writes more buffers than one system call takes', async () => {
      const buffers = Array.from({ length: 3000 }, (_, index) => Buffer.from(`${index},`));
      const writer = await fileSystem.openWriter(at('a'), 'create');
      await writer.write(buffers);
      writer.writeSync(buffers);
      await writer.write([]);
      await writer.close();
      const once = Buffer.concat(buffers).toString();
      expect(await text('a')).toBe(once + once);
      expect(writer.size).toBe(2 * once.length);
    });

    it('creates only what is not there, and appends to what is', async () => {
      await put('a', 'one');
      await expect(fileSystem.openWriter(at('a'), 'create')).rejects.toMatchObject(ioError('open', 'a', 'EEXIST'));
      expect(() => fileSystem.openWriterSync(at('a'), 'create')).toThrow(expect.objectContaining({ code: 'IO' }));
      const writer = fileSystem.openWriterSync(at('a'), 'append');
      expect(writer.size).toBe(3);
      writer.writeSync([Buffer.from(' two')]);
      writer.closeSync();
      expect(await text('a')).toBe('one two');
      await (await fileSystem.openWriter(at('b'), 'append')).close();
      expect(await fileSystem.sizeOf(at('b'))).toBe(0);
    });

    it('lists names sorted, files and directories', async () => {
      await put('b', '');
      await put('a', '');
      await fileSystem.makeDirectory(at('c/d'));
      await fileSystem.makeDirectory(at('c/d'));
      expect(await fileSystem.list(directory)).toEqual(['a', 'b', 'c']);
      expect(await fileSystem.list(at('c'))).toEqual(['d']);
    });

    it('renames over what is there', async () => {
      await put('a', 'new');
      await put('b', 'old');
      await fileSystem.rename(at('a'), at('b'));
      expect(await fileSystem.list(directory)).toEqual(['b']);
      expect(await text('b')).toBe('new');
      fileSystem.renameSync(at('b'), at('c'));
      expect(await fileSystem.list(directory)).toEqual(['c']);
    });

    it('links a second name to the same bytes', async () => {
      await put('a', 'same');
      await fileSystem.link(at('a'), at('b'));
      await fileSystem.remove(at('a'));
      expect(await text('b')).toBe('same');
      await put('c', '');
      await expect(fileSystem.link(at('b'), at('c'))).rejects.toMatchObject(ioError('link', 'c', 'EEXIST'));
    });

    it('removes files, and trees whether they are there or not', async () => {
      await put('a', '');
      await put('b', '');
      await fileSystem.remove(at('a'));
      fileSystem.removeSync(at('b'));
      await fileSystem.makeDirectory(at('c/d'));
      await put('c/d/e', '');
      await fileSystem.removeTree(at('c'));
      await fileSystem.removeTree(at('c'));
      expect(await fileSystem.list(directory)).toEqual([]);
      await expect(fileSystem.remove(at('a'))).rejects.toMatchObject(ioError('remove', 'a', 'ENOENT'));
    });

    it('goes on reading a file that was removed', async () => {
      await put('a', 'still here');
      const reader = await fileSystem.openReader(at('a'));
      await fileSystem.remove(at('a'));
      const target = Buffer.alloc(10);
      expect(await reader.read(target, 0)).toBe(10);
      await reader.close();
    });

    it('truncates', async () => {
      await put('a', 'abcdef');
      await fileSystem.truncate(at('a'), 3);
      expect(await text('a')).toBe('abc');
      expect(await fileSystem.exists(at('a'))).toBe(true);
    });

    it('says what is not there', async () => {
      expect(await fileSystem.exists(at('none'))).toBe(false);
      await expect(fileSystem.readFile(at('none'))).rejects.toMatchObject(ioError('readFile', 'none', 'ENOENT'));
      await expect(fileSystem.sizeOf(at('none'))).rejects.toMatchObject(ioError('sizeOf', 'none', 'ENOENT'));
      await expect(fileSystem.openReader(at('none'))).rejects.toMatchObject(ioError('open', 'none', 'ENOENT'));
      await expect(fileSystem.list(at('none'))).rejects.toMatchObject(ioError('list', 'none', 'ENOENT'));
      await expect(fileSystem.rename(at('none'), at('b'))).rejects.toMatchObject(ioError('rename', 'none', 'ENOENT'));
      await expect(fileSystem.truncate(at('none'), 0)).rejects.toMatchObject(ioError('truncate', 'none', 'ENOENT'));
      await expect(fileSystem.openWriter(at('none/a'), 'create')).rejects.toMatchObject(
        ioError('open', 'none/a', 'ENOENT'),
      );
    });

    it('syncs directories and knows the free space', async () => {
      await fileSystem.syncDirectory(directory);
      fileSystem.syncDirectorySync(directory);
      expect(await fileSystem.freeBytes(directory)).toBeGreaterThan(0);
      await expect(fileSystem.syncDirectory(at('none'))).rejects.toMatchObject(
        ioError('syncDirectory', 'none', 'ENOENT'),
      );
    });

    it('gives a lock to one opener at a time', async () => {
      const lock = await fileSystem.lock(at('LOCK'));
      await expect(fileSystem.lock(at('LOCK'))).rejects.toMatchObject({ code: 'LOCKED' });
      await lock.release();
      await (await fileSystem.lock(at('LOCK'))).release();
      expect(await fileSystem.list(directory)).toEqual(['LOCK']);
    });
  });
}
