import type { Fault, FileOperation } from './faults.js';
import { FaultyReadableFile, FaultyWritableFile } from './faulty-files.js';
import type { FileLock, FileSystem, ReadableFile, WritableFile, WriteMode } from '../file-system.js';

/** Another file system, with faults. Of the rules that match a call, the first one that strikes decides. */
export class FaultyFileSystem implements FileSystem {
  readonly #inner: FileSystem;
  readonly #faults: Fault[];

  constructor(inner: FileSystem, faults: readonly Fault[] = []) {
    this.#inner = inner;
    this.#faults = [...faults];
  }

  get mapObstacle(): string | undefined {
    return this.#inner.mapObstacle;
  }

  /** One more rule from now on; it counts from here. */
  inject(fault: Fault): void {
    this.#faults.push(fault);
  }

  /** No faults from now on, in files that are open too. */
  heal(): void {
    this.#faults.length = 0;
  }

  toString(): string {
    return this.#faults.length === 0 ? 'no faults' : this.#faults.join('; ');
  }

  async makeDirectory(path: string): Promise<void> {
    this.#check('makeDirectory', path);
    await this.#inner.makeDirectory(path);
  }

  async list(directory: string): Promise<string[]> {
    this.#check('list', directory);
    return await this.#inner.list(directory);
  }

  async exists(path: string): Promise<boolean> {
    this.#check('exists', path);
    return await this.#inner.exists(path);
  }

  async sizeOf(path: string): Promise<number> {
    this.#check('sizeOf', path);
    return await this.#inner.sizeOf(path);
  }

  async readFile(path: string): Promise<Uint8Array> {
    const flip = this.#check('readFile', path);
    return flipped(await this.#inner.readFile(path), flip);
  }

  readFileSync(path: string): Uint8Array {
    const flip = this.#check('readFile', path);
    return flipped(this.#inner.readFileSync(path), flip);
  }

  async remove(path: string): Promise<void> {
    this.#check('remove', path);
    await this.#inner.remove(path);
  }

  removeSync(path: string): void {
    this.#check('remove', path);
    this.#inner.removeSync(path);
  }

  async removeTree(path: string): Promise<void> {
    this.#check('removeTree', path);
    await this.#inner.removeTree(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#check('rename', from);
    await this.#inner.rename(from, to);
  }

  renameSync(from: string, to: string): void {
    this.#check('rename', from);
    this.#inner.renameSync(from, to);
  }

  async link(from: string, to: string): Promise<void> {
    this.#check('link', to);
    await this.#inner.link(from, to);
  }

  async syncDirectory(directory: string): Promise<void> {
    this.#check('syncDirectory', directory);
    await this.#inner.syncDirectory(directory);
  }

  syncDirectorySync(directory: string): void {
    this.#check('syncDirectory', directory);
    this.#inner.syncDirectorySync(directory);
  }

  async openReader(path: string): Promise<ReadableFile> {
    this.#check('open', path);
    return new FaultyReadableFile(await this.#inner.openReader(path), this.#check);
  }

  openReaderSync(path: string): ReadableFile {
    this.#check('open', path);
    return new FaultyReadableFile(this.#inner.openReaderSync(path), this.#check);
  }

  async openWriter(path: string, mode: WriteMode): Promise<WritableFile> {
    this.#check(mode === 'create' ? 'create' : 'open', path);
    return new FaultyWritableFile(await this.#inner.openWriter(path, mode), this.#check);
  }

  openWriterSync(path: string, mode: WriteMode): WritableFile {
    this.#check(mode === 'create' ? 'create' : 'open', path);
    return new FaultyWritableFile(this.#inner.openWriterSync(path, mode), this.#check);
  }

  async truncate(path: string, size: number): Promise<void> {
    this.#check('truncate', path);
    await this.#inner.truncate(path, size);
  }

  async freeBytes(path: string): Promise<number> {
    this.#check('freeBytes', path);
    return await this.#inner.freeBytes(path);
  }

  async lock(path: string): Promise<FileLock> {
    this.#check('lock', path);
    return await this.#inner.lock(path);
  }

  readonly #check = (operation: FileOperation, path: string): Fault | undefined => {
    // Every rule sees every call, so that none miscounts because another came first.
    const [struck] = this.#faults.filter((fault) => fault.strikes(operation, path));
    if (struck?.effect.type === 'fail') throw struck.errorFor(operation, path);
    return struck;
  };
}

function flipped(bytes: Uint8Array, fault: Fault | undefined): Uint8Array {
  if (fault?.effect.type !== 'flip' || fault.effect.offset >= bytes.length) return bytes;
  const damaged = Uint8Array.from(bytes);
  damaged[fault.effect.offset]! ^= fault.effect.mask;
  return damaged;
}
