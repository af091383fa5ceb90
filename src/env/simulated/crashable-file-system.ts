import { CoreCacheError } from '../../base/errors.js';
import type { FileLock, FileSystem, ReadableFile, WritableFile, WriteMode } from '../file-system.js';
import { MemoryReadableFile, MemoryWritableFile } from './memory-files.js';
import { keepAll, type CrashChoice } from './crash-choice.js';
import { MemoryTree } from './memory-tree.js';
import { promiseOf } from '../promise-of.js';

/** The calls that change something, counted for `cutPowerAt`. */
export type MutatingOperation =
  | 'create'
  | 'write'
  | 'sync'
  | 'rename'
  | 'remove'
  | 'removeTree'
  | 'link'
  | 'truncate'
  | 'makeDirectory'
  | 'syncDirectory';

/** Thrown by every call from the moment of the cut on. No operating error, so nobody takes it for one. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

/**
 * Files in memory that know what would survive a power cut: bytes up to the last sync of their file, names as of the last
 * sync of their directory.
 *
 *     const fileSystem = new CrashableFileSystem();
 *     fileSystem.cutPowerAt(17);                       // the 17th mutating call and all calls after it throw PowerCut
 *     … run until it throws …
 *     const afterwards = fileSystem.crash(keepNone);   // what the device holds; as often and with as many choices as wanted
 *
 * The call at which the power is cut may still leave traces: a write counts as unsynced bytes, a change of a name as an
 * unsynced change, and a sync as one that did not happen. `crash(choice)` decides for each trace whether it survives.
 *
 * Asynchronous forms do their work at once, before their promise resolves, so a run is deterministic. Locks go with the
 * crash, as with a process.
 */
export class CrashableFileSystem implements FileSystem {
  readonly mapObstacle: string | undefined = undefined;
  readonly #tree: MemoryTree;
  readonly #answersAtOnce: (bytes: number) => boolean;
  readonly #locked = new Set<string>();
  #callCount = 0;
  #cutAt = Infinity;
  #isCut = false;
  readonly #calls: string[] = [];

  /** @param answersAtOnce what open files say of themselves; asked before each read of a block or value */
  constructor(answersAtOnce: (bytes: number) => boolean = () => false, tree: MemoryTree = new MemoryTree()) {
    this.#answersAtOnce = answersAtOnce;
    this.#tree = tree;
  }

  /** Mutating calls so far. */
  get callCount(): number {
    return this.#callCount;
  }

  /** The mutating calls in order, each as `operation path`. */
  get calls(): readonly string[] {
    return this.#calls;
  }

  /** Cuts the power at the n-th mutating call from the beginning, counted from 1. */
  cutPowerAt(call: number): void {
    this.#cutAt = call;
  }

  /** Cuts the power now. */
  cutPower(): void {
    this.#isCut = true;
  }

  get isPowerCut(): boolean {
    return this.#isCut;
  }

  /** The machine after a power cut at this moment and a restart. This one is left as it is. */
  crash(choice: CrashChoice): CrashableFileSystem {
    return new CrashableFileSystem(this.#answersAtOnce, this.#tree.crash(choice));
  }

  /** A copy of everything, synced or not, as after the end of the process with the machine still running. */
  clone(): CrashableFileSystem {
    return new CrashableFileSystem(this.#answersAtOnce, this.#tree.crash(keepAll));
  }

  makeDirectory(path: string): Promise<void> {
    return promiseOf(() => this.#mutate('makeDirectory', path, () => this.#tree.makeDirectory(path)));
  }

  list(directory: string): Promise<string[]> {
    return promiseOf(() => this.#read(() => this.#tree.list(directory)));
  }

  exists(path: string): Promise<boolean> {
    return promiseOf(() => this.#read(() => this.#tree.exists(path)));
  }

  sizeOf(path: string): Promise<number> {
    return promiseOf(() => this.#read(() => this.#tree.file(path, 'sizeOf').size));
  }

  readFile(path: string): Promise<Uint8Array> {
    return promiseOf(() => this.readFileSync(path));
  }

  readFileSync(path: string): Uint8Array {
    return this.#read(() => this.#tree.file(path, 'readFile').copy());
  }

  remove(path: string): Promise<void> {
    return promiseOf(() => this.removeSync(path));
  }

  removeSync(path: string): void {
    this.#mutate('remove', path, () => this.#tree.remove(path));
  }

  removeTree(path: string): Promise<void> {
    return promiseOf(() => this.#mutate('removeTree', path, () => this.#tree.removeTree(path)));
  }

  rename(from: string, to: string): Promise<void> {
    return promiseOf(() => this.renameSync(from, to));
  }

  renameSync(from: string, to: string): void {
    this.#mutate('rename', from, () => this.#tree.rename(from, to));
  }

  link(from: string, to: string): Promise<void> {
    return promiseOf(() => this.#mutate('link', to, () => this.#tree.link(from, to)));
  }

  syncDirectory(directory: string): Promise<void> {
    return promiseOf(() => this.syncDirectorySync(directory));
  }

  syncDirectorySync(directory: string): void {
    this.#mutateUnlessCut('syncDirectory', directory, () => this.#tree.syncDirectory(directory));
  }

  openReader(path: string): Promise<ReadableFile> {
    return promiseOf(() => this.openReaderSync(path));
  }

  openReaderSync(path: string): ReadableFile {
    const file = this.#read(() => this.#tree.file(path, 'open'));
    return new MemoryReadableFile(path, file, (act) => this.#read(act), this.#answersAtOnce);
  }

  openWriter(path: string, mode: WriteMode): Promise<WritableFile> {
    return promiseOf(() => this.openWriterSync(path, mode));
  }

  openWriterSync(path: string, mode: WriteMode): WritableFile {
    const file =
      mode === 'append' && this.#read(() => this.#tree.exists(path))
        ? this.#tree.file(path, 'open')
        : this.#mutate('create', path, () => this.#tree.create(path));
    return new MemoryWritableFile(path, file, {
      write: (act) => this.#mutate('write', path, act),
      sync: (act) => this.#mutateUnlessCut('sync', path, act),
    });
  }

  truncate(path: string, size: number): Promise<void> {
    return promiseOf(() => {
      this.#mutateUnlessCut('truncate', path, () => {
        const file = this.#tree.file(path, 'truncate');
        file.truncate(size);
        file.sync();
      });
    });
  }

  freeBytes(path: string): Promise<number> {
    return promiseOf(() => this.#read(() => this.#tree.freeBytes(path)));
  }

  lock(path: string): Promise<FileLock> {
    return promiseOf(() => {
      if (!this.#read(() => this.#tree.exists(path))) this.#mutate('create', path, () => this.#tree.create(path));
      if (this.#locked.has(path)) {
        throw new CoreCacheError('LOCKED', `${path} is locked by another opener`, { data: { path } });
      }
      this.#locked.add(path);
      return {
        release: () =>
          promiseOf(() => {
            this.#locked.delete(path);
          }),
      };
    });
  }

  #read<T>(act: () => T): T {
    if (this.#isCut) throw new PowerCut('the power is cut');
    return act();
  }

  /** A change that is under way when the power is cut, and so may have reached the device or not. */
  #mutate<T>(operation: MutatingOperation, path: string, act: () => T): T {
    const isCutHere = this.#count(operation, path);
    const result = act();
    if (isCutHere) this.#cutHere(operation, path);
    return result;
  }

  /** A promise of the device, which is not made when the power is cut. */
  #mutateUnlessCut<T>(operation: MutatingOperation, path: string, act: () => T): T {
    if (this.#count(operation, path)) this.#cutHere(operation, path);
    return act();
  }

  #count(operation: MutatingOperation, path: string): boolean {
    if (this.#isCut) throw new PowerCut('the power is cut');
    this.#callCount++;
    this.#calls.push(`${operation} ${path}`);
    return this.#callCount >= this.#cutAt;
  }

  #cutHere(operation: MutatingOperation, path: string): never {
    this.#isCut = true;
    throw new PowerCut(`power cut at call ${this.#callCount}: ${operation} ${path}`);
  }
}
