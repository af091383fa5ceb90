import type { Fault, FileOperation } from './faults.js';
import type { FileMapping, ReadableFile, WritableFile } from '../file-system.js';

/** Throws when a rule fails the call; returns the rule that strikes it in another way. */
export type FaultCheck = (operation: FileOperation, path: string) => Fault | undefined;

export class FaultyReadableFile implements ReadableFile {
  readonly path: string;
  readonly size: number;
  readonly #inner: ReadableFile;
  readonly #check: FaultCheck;

  constructor(inner: ReadableFile, check: FaultCheck) {
    this.path = inner.path;
    this.size = inner.size;
    this.#inner = inner;
    this.#check = check;
  }

  answersAtOnce(bytes: number): boolean {
    return this.#inner.answersAtOnce(bytes);
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    const fault = this.#check('read', this.path);
    const length = await this.#inner.read(target, position);
    flip(target.subarray(0, length), position, fault);
    return length;
  }

  readSync(target: Uint8Array, position: number): number {
    const fault = this.#check('read', this.path);
    const length = this.#inner.readSync(target, position);
    flip(target.subarray(0, length), position, fault);
    return length;
  }

  async map(): Promise<FileMapping | undefined> {
    const fault = this.#check('map', this.path);
    const mapping = await this.#inner.map();
    if (mapping === undefined || fault === undefined) return mapping;
    const bytes = mapping.bytes.slice();
    flip(bytes, 0, fault);
    return { bytes, dropPages: () => mapping.dropPages(), close: () => mapping.close() };
  }

  async close(): Promise<void> {
    await closeEven(this.#check, this.path, () => this.#inner.close());
  }

  closeSync(): void {
    this.#inner.closeSync();
    this.#check('close', this.path);
  }
}

export class FaultyWritableFile implements WritableFile {
  readonly path: string;
  readonly #inner: WritableFile;
  readonly #check: FaultCheck;

  constructor(inner: WritableFile, check: FaultCheck) {
    this.path = inner.path;
    this.#inner = inner;
    this.#check = check;
  }

  get size(): number {
    return this.#inner.size;
  }

  async write(buffers: readonly Uint8Array[]): Promise<void> {
    const fault = this.#check('write', this.path);
    await this.#inner.write(written(buffers, fault));
    if (fault?.effect.type === 'short write') throw fault.errorFor('write', this.path);
  }

  writeSync(buffers: readonly Uint8Array[]): void {
    const fault = this.#check('write', this.path);
    this.#inner.writeSync(written(buffers, fault));
    if (fault?.effect.type === 'short write') throw fault.errorFor('write', this.path);
  }

  async sync(): Promise<void> {
    this.#check('sync', this.path);
    await this.#inner.sync();
  }

  syncSync(): void {
    this.#check('sync', this.path);
    this.#inner.syncSync();
  }

  async close(): Promise<void> {
    await closeEven(this.#check, this.path, () => this.#inner.close());
  }

  closeSync(): void {
    this.#inner.closeSync();
    this.#check('close', this.path);
  }
}

/** A close that fails has closed all the same. */
async function closeEven(check: FaultCheck, path: string, close: () => Promise<void>): Promise<void> {
  await close();
  check('close', path);
}

function written(buffers: readonly Uint8Array[], fault: Fault | undefined): readonly Uint8Array[] {
  if (fault?.effect.type !== 'short write') return buffers;
  return [Buffer.concat(buffers).subarray(0, fault.effect.bytes)];
}

function flip(bytes: Uint8Array, position: number, fault: Fault | undefined): void {
  if (fault?.effect.type !== 'flip') return;
  const index = fault.effect.offset - position;
  if (index >= 0 && index < bytes.length) bytes[index]! ^= fault.effect.mask;
}
