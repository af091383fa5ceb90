import * as fs from 'node:fs';
import { asError } from '../base/as-error.js';
import type { FileMapping, ReadableFile } from './file-system.js';
import type { InlineReads } from './inline-reads.js';
import { memoryMap } from './memory-map.js';
import { fromSystemError } from './system-error.js';

/**
 * To copy more than this out of the page cache is work for a thread. It admits what a long scan reads in one go, 32
 * blocks, each of a little more than 4 KiB.
 */
export const INLINE_BYTES_MAX = 160 * 1024;

/** A file of the machine, open for reading at any position. */
export class NodeReadableFile implements ReadableFile {
  readonly path: string;
  readonly size: number;
  readonly #fd: number;
  readonly #inlineReads: InlineReads | undefined;

  /** @param inlineReads judges what may be read on this thread; without it, there is no event loop to care for */
  constructor(path: string, fd: number, size: number, inlineReads: InlineReads | undefined) {
    this.path = path;
    this.size = size;
    this.#fd = fd;
    this.#inlineReads = inlineReads;
  }

  answersAtOnce(bytes: number): boolean {
    return bytes <= INLINE_BYTES_MAX && this.#inlineReads?.isAllowed !== false;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const readFrom = (done: number): void => {
        fs.read(this.#fd, target, done, target.length - done, position + done, (error, bytesRead) => {
          if (error !== null) reject(fromSystemError('read', this.path, error));
          else if (bytesRead === 0 || done + bytesRead === target.length) resolve(done + bytesRead);
          else readFrom(done + bytesRead);
        });
      };
      startTogether(() => {
        if (this.answersAtOnce(target.length)) this.#readInto(target, position, resolve, reject);
        else readFrom(0);
      });
    });
  }

  readSync(target: Uint8Array, position: number): number {
    if (this.#inlineReads === undefined) return this.#readSync(target, position);
    return this.#inlineReads.measure(() => this.#readSync(target, position));
  }

  map(): Promise<FileMapping | undefined> {
    return memoryMap.map(this.#fd, this.size);
  }

  close(): Promise<void> {
    return closeDescriptor(this.path, this.#fd);
  }

  closeSync(): void {
    closeDescriptorSync(this.path, this.#fd);
  }

  #readInto(
    target: Uint8Array,
    position: number,
    resolve: (bytesRead: number) => void,
    reject: (error: Error) => void,
  ): void {
    try {
      resolve(this.readSync(target, position));
    } catch (error) {
      reject(asError(error));
    }
  }

  #readSync(target: Uint8Array, position: number): number {
    let done = 0;
    try {
      while (done < target.length) {
        const bytesRead = fs.readSync(this.#fd, target, done, target.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } catch (error) {
      throw fromSystemError('read', this.path, error);
    }
    return done;
  }
}

let starts: (() => void)[] = [];

/**
 * Starts reads in the next turn of the event loop, all of this turn in a row. What the page cache is likely to answer
 * is read there and then; the rest goes to threads. Handing a read to a sleeping thread costs several times what the
 * read does, and threads that get one read at a time fall asleep between them.
 */
function startTogether(start: () => void): void {
  if (starts.push(start) === 1) setImmediate(startAll);
}

function startAll(): void {
  const all = starts;
  starts = [];
  for (const start of all) start();
}

export function closeDescriptor(path: string, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.close(fd, (error) => {
      if (error) reject(fromSystemError('close', path, error));
      else resolve();
    });
  });
}

export function closeDescriptorSync(path: string, fd: number): void {
  try {
    fs.closeSync(fd);
  } catch (error) {
    throw fromSystemError('close', path, error);
  }
}
