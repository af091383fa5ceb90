import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { messageOf } from '../base/errors.js';
import type { FileMapping } from './file-system.js';

/** Of `mmap`, on Linux: they are the same on all of its processors that Node.js runs on. */
const PROT_READ = 0x1;
const MAP_SHARED = 0x1;
const MAP_PRIVATE = 0x2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
/** Reads all of the file now, so that no later look at it waits for a device. */
const MAP_POPULATE = 0x8000;
const MAP_FAILED = -1;
/** Of `fcntl`: another descriptor of the same open file, which programs that are started meanwhile do not get. */
const F_DUPFD_CLOEXEC = 1030;

/** What a pointer is to the package: a `bigint` where it is too large for a number. */
type Address = number | bigint;

type Mmap = (
  hint: Address | null,
  bytes: number,
  protection: number,
  flags: number,
  descriptor: number,
  offset: number,
) => Address;

interface Libc {
  readonly mmap: Koffi.KoffiFunc<Mmap>;
  readonly munmap: (address: Address, bytes: number) => number;
  readonly fcntl: (descriptor: number, command: number, type: 'int', argument: number) => number;
  readonly close: (descriptor: number) => number;
  readonly view: (address: Address, bytes: number) => ArrayBuffer;
}

/**
 * Files as memory, on Linux: `mmap`, by the package koffi, as Node.js has no such call.
 *
 * The package is native. It is loaded when the first file is to be mapped, so that a machine for which there is no build
 * of it can do everything but this.
 *
 * **Safety.** JavaScript must never look at an address where nothing is, or something else: that would end the process, or
 * worse. So a mapping that is closed is not undone but replaced, in one step, by memory that is all zeros and takes no
 * room; views that somebody still has show zeros. The range of addresses is given back when the collector has found that
 * there are no such views. What remains is what the system does when it cannot read a page of a mapped file, for the
 * device fails or somebody has cut the file: it ends the process by a signal (SIGBUS).
 */
class MemoryMap {
  #libc: Libc | undefined = undefined;
  /** Why there is none, when that has been tried. */
  #failure: string | undefined = undefined;
  readonly #ranges = new FinalizationRegistry<{ readonly address: Address; readonly bytes: number }>(
    ({ address, bytes }) => this.#libc?.munmap(address, bytes),
  );

  /** Why files cannot be mapped here; `undefined` when they can. */
  get obstacle(): string | undefined {
    if (this.#libc !== undefined || this.#failure !== undefined) return this.#failure;
    try {
      this.#libc = loadLibc();
    } catch (error) {
      this.#failure = messageOf(error);
    }
    return this.#failure;
  }

  /**
   * Maps the first `bytes` of an open file and reads them, on a thread. The descriptor may be closed at once.
   * `undefined` when that is not possible.
   */
  async map(descriptor: number, bytes: number): Promise<FileMapping | undefined> {
    const libc = this.obstacle === undefined ? this.#libc : undefined;
    // The system has no mapping of nothing.
    if (libc === undefined || bytes === 0) return undefined;
    const own = libc.fcntl(descriptor, F_DUPFD_CLOEXEC, 'int', 0);
    if (own < 0) return undefined;
    try {
      const address = await mapOnThread(libc, own, bytes);
      return Number(address) === MAP_FAILED ? undefined : this.#mapped(libc, address, bytes);
    } finally {
      // Node.js has not opened it, and where it keeps count of descriptors it would say so.
      libc.close(own);
    }
  }

  #mapped(libc: Libc, address: Address, bytes: number): FileMapping | undefined {
    let buffer: ArrayBuffer;
    try {
      buffer = libc.view(address, bytes);
    } catch {
      // Where all memory of JavaScript has to be in one place, as in Electron.
      libc.munmap(address, bytes);
      return undefined;
    }
    this.#ranges.register(buffer, { address, bytes });
    return {
      bytes: new Uint8Array(buffer),
      close: () => {
        libc.mmap(address, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
      },
    };
  }
}

/** Of this thread. */
export const memoryMap = new MemoryMap();

function mapOnThread(libc: Libc, descriptor: number, bytes: number): Promise<Address> {
  return new Promise((resolve, reject) => {
    libc.mmap.async(
      null,
      bytes,
      PROT_READ,
      MAP_SHARED | MAP_POPULATE,
      descriptor,
      0,
      (error: Error | null, address) => {
        if (error === null) resolve(address);
        else reject(error);
      },
    );
  });
}

/** @throws Error where files cannot be mapped */
function loadLibc(): Libc {
  if (process.platform !== 'linux') throw new Error(`files are mapped on Linux only, this is ${process.platform}`);
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  // What Node.js itself is linked with.
  const libc = koffi.load(null);
  return {
    mmap: libc.func(
      'intptr_t mmap(void *hint, size_t bytes, int protection, int flags, int fd, long offset)',
    ) as Libc['mmap'],
    munmap: libc.func('int munmap(void *address, size_t bytes)') as Libc['munmap'],
    fcntl: libc.func('int fcntl(int fd, int command, ...)') as Libc['fcntl'],
    close: libc.func('int close(int fd)') as Libc['close'],
    view: (address, bytes) => koffi.view(address, bytes),
  };
}
