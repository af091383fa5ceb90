import * as fs from 'node:fs';
import type { WritableFile } from './file-system.js';
import { closeDescriptor, closeDescriptorSync } from './node-readable-file.js';
import { fromSystemError } from './system-error.js';
import { VectorCursor } from './vector-cursor.js';

/** A file of the machine, open for writing at its end. */
export class NodeWritableFile implements WritableFile {
  readonly path: string;
  #size: number;
  readonly #fd: number;

  constructor(path: string, fd: number, size: number) {
    this.path = path;
    this.#size = size;
    this.#fd = fd;
  }

  get size(): number {
    return this.#size;
  }

  write(buffers: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const cursor = new VectorCursor(buffers);
      const writeNext = (): void => {
        if (cursor.isDone) {
          resolve();
          return;
        }
        fs.writev(this.#fd, cursor.next(), (error, bytesWritten) => {
          if (error !== null) {
            reject(fromSystemError('write', this.path, error));
            return;
          }
          this.#size += bytesWritten;
          cursor.advance(bytesWritten);
          writeNext();
        });
      };
      writeNext();
    });
  }

  writeSync(buffers: readonly Uint8Array[]): void {
    const cursor = new VectorCursor(buffers);
    try {
      while (!cursor.isDone) {
        const bytesWritten = fs.writevSync(this.#fd, cursor.next());
        this.#size += bytesWritten;
        cursor.advance(bytesWritten);
      }
    } catch (error) {
      throw fromSystemError('write', this.path, error);
    }
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#fd, (error) => {
        if (error === null) resolve();
        else reject(fromSystemError('sync', this.path, error));
      });
    });
  }

  syncSync(): void {
    try {
      fs.fdatasyncSync(this.#fd);
    } catch (error) {
      throw fromSystemError('sync', this.path, error);
    }
  }

  close(): Promise<void> {
    return closeDescriptor(this.path, this.#fd);
  }

  closeSync(): void {
    closeDescriptorSync(this.path, this.#fd);
  }
}
