import * as fs from 'node:fs';
import { CoreCacheError } from '../base/errors.js';
import type { FileLock, FileSystem, ReadableFile, WritableFile, WriteMode } from './file-system.js';
import type { InlineReads } from './inline-reads.js';
import { memoryMap } from './memory-map.js';
import { NodeReadableFile } from './node-readable-file.js';
import { NodeWritableFile } from './node-writable-file.js';
import { fromSystemError } from './system-error.js';

const OPEN_FLAGS: Readonly<Record<WriteMode, string>> = { create: 'wx', append: 'a' };

/** The files of the machine. */
export class NodeFileSystem implements FileSystem {
  readonly #inlineReads: InlineReads | undefined;

  /** @param inlineReads for a thread that has an event loop to care for */
  constructor(inlineReads?: InlineReads) {
    this.#inlineReads = inlineReads;
  }

  get mapObstacle(): string | undefined {
    return memoryMap.obstacle;
  }

  async makeDirectory(path: string): Promise<void> {
    await attempt('makeDirectory', path, () => fs.promises.mkdir(path, { recursive: true }));
  }

  async list(directory: string): Promise<string[]> {
    const names = await attempt('list', directory, () => fs.promises.readdir(directory));
    return names.sort();
  }

  async exists(path: string): Promise<boolean> {
    const stats = await attempt('exists', path, () => fs.promises.stat(path).catch(undefinedWhenAbsent));
    return stats !== undefined;
  }

  async sizeOf(path: string): Promise<number> {
    const stats = await attempt('sizeOf', path, () => fs.promises.stat(path));
    return stats.size;
  }

  readFile(path: string): Promise<Uint8Array> {
    return attempt('readFile', path, () => fs.promises.readFile(path));
  }

  readFileSync(path: string): Uint8Array {
    return attemptSync('readFile', path, () => fs.readFileSync(path));
  }

  remove(path: string): Promise<void> {
    return attempt('remove', path, () => fs.promises.unlink(path));
  }

  removeSync(path: string): void {
    attemptSync('remove', path, () => fs.unlinkSync(path));
  }

  removeTree(path: string): Promise<void> {
    return attempt('removeTree', path, () => fs.promises.rm(path, { recursive: true, force: true }));
  }

  rename(from: string, to: string): Promise<void> {
    return attempt('rename', from, () => fs.promises.rename(from, to));
  }

  renameSync(from: string, to: string): void {
    attemptSync('rename', from, () => fs.renameSync(from, to));
  }

  link(from: string, to: string): Promise<void> {
    return attempt('link', to, () => fs.promises.link(from, to));
  }

  syncDirectory(directory: string): Promise<void> {
    return attempt('syncDirectory', directory, async () => {
      const handle = await fs.promises.open(directory, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  syncDirectorySync(directory: string): void {
    attemptSync('syncDirectory', directory, () => withDescriptor(directory, 'r', (fd) => fs.fsyncSync(fd)));
  }

  async openReader(path: string): Promise<ReadableFile> {
    const fd = await attempt('open', path, () => openDescriptor(path, 'r'));
    return new NodeReadableFile(path, fd, sizeOfOpen(path, fd), this.#inlineReads);
  }

  openReaderSync(path: string): ReadableFile {
    const fd = attemptSync('open', path, () => fs.openSync(path, 'r'));
    return new NodeReadableFile(path, fd, sizeOfOpen(path, fd), this.#inlineReads);
  }

  async openWriter(path: string, mode: WriteMode): Promise<WritableFile> {
    const fd = await attempt('open', path, () => openDescriptor(path, OPEN_FLAGS[mode]));
    return new NodeWritableFile(path, fd, sizeOfOpen(path, fd));
  }

  openWriterSync(path: string, mode: WriteMode): WritableFile {
    const fd = attemptSync('open', path, () => fs.openSync(path, OPEN_FLAGS[mode]));
    return new NodeWritableFile(path, fd, sizeOfOpen(path, fd));
  }

  truncate(path: string, size: number): Promise<void> {
    return attempt('truncate', path, async () => {
      const handle = await fs.promises.open(path, 'r+');
      try {
        await handle.truncate(size);
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  async freeBytes(path: string): Promise<number> {
    const { bavail, bsize } = await attempt('freeBytes', path, () => fs.promises.statfs(path));
    return bavail * bsize;
  }

  /** The lock belongs to the open file, not to the process, so that two openers in one process exclude each other too. */
  async lock(path: string): Promise<FileLock> {
    // Threads of the background load this file too, and lock nothing.
    const { tryLock } = await import('fs-native-extensions');
    const handle = await attempt('lock', path, () => fs.promises.open(path, 'a+'));
    let isTaken = false;
    try {
      isTaken = attemptSync('lock', path, () => tryLock(handle.fd));
    } finally {
      if (!isTaken) await handle.close();
    }
    if (!isTaken) throw new CoreCacheError('LOCKED', `${path} is locked by another opener`, { data: { path } });
    return { release: () => attempt('unlock', path, () => handle.close()) };
  }
}

async function attempt<T>(operation: string, path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw fromSystemError(operation, path, error);
  }
}

function attemptSync<T>(operation: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fromSystemError(operation, path, error);
  }
}

function undefinedWhenAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}

function withDescriptor(path: string, flags: string, act: (fd: number) => void): void {
  const fd = fs.openSync(path, flags);
  try {
    act(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Plain descriptors: a read through a `FileHandle` costs about twice as much. */
function openDescriptor(path: string, flags: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, (error, fd) => (error === null ? resolve(fd) : reject(error)));
  });
}

function sizeOfOpen(path: string, fd: number): number {
  try {
    return fs.fstatSync(fd).size;
  } catch (error) {
    fs.closeSync(fd);
    throw fromSystemError('open', path, error);
  }
}
