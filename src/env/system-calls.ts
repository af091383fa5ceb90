import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { asError } from '../base/as-error.js';

/** What a pointer is to the package: a `bigint` where it is too large for a number. */
export type Address = number | bigint;

type Mmap = (
  hint: Address | null,
  bytes: number,
  protection: number,
  flags: number,
  descriptor: number,
  offset: number,
) => Address;

/** As the manual pages of Linux have them; a failure is a negative number (of `mmap`: −1). */
export interface SystemCalls {
  /** Has an `async` form, which runs it on a thread. */
  readonly mmap: Koffi.KoffiFunc<Mmap>;
  readonly munmap: (address: Address, bytes: number) => number;
  readonly madvise: (address: Address, bytes: number, advice: number) => number;
  readonly fcntl: (descriptor: number, command: number, type: 'int', argument: number) => number;
  readonly close: (descriptor: number) => number;
  /** Memory that is there, seen from JavaScript. @throws Error where all of its memory has to be in one place, as in Electron */
  readonly view: (address: Address, bytes: number) => ArrayBuffer;
  readonly addressOf: (memory: Uint8Array) => bigint;
}

/** Of `madvise`, on Linux: the pages are not needed as they are. */
export const MADV_DONTNEED = 4;

let loaded: SystemCalls | Error | undefined;

/**
 * Calls of Linux that Node.js has not, by the package koffi; or why they cannot be made here.
 *
 * The package is native. It is loaded when the first of them is needed, so that a machine for which there is no build of
 * it can do everything else.
 */
export function systemCalls(): SystemCalls | Error {
  if (loaded !== undefined) return loaded;
  try {
    loaded = load();
  } catch (error) {
    loaded = asError(error);
  }
  return loaded;
}

/** @throws Error */
function load(): SystemCalls {
  if (process.platform !== 'linux')
    throw new Error(`this is done on Linux only, and the system is ${process.platform}`);
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  // What Node.js itself is linked with.
  const libc = koffi.load(null);
  return {
    mmap: libc.func(
      'intptr_t mmap(void *hint, size_t bytes, int protection, int flags, int fd, long offset)',
    ) as SystemCalls['mmap'],
    munmap: libc.func('int munmap(void *address, size_t bytes)') as SystemCalls['munmap'],
    madvise: libc.func('int madvise(void *address, size_t bytes, int advice)') as SystemCalls['madvise'],
    fcntl: libc.func('int fcntl(int fd, int command, ...)') as SystemCalls['fcntl'],
    close: libc.func('int close(int fd)') as SystemCalls['close'],
    view: (address, bytes) => koffi.view(address, bytes),
    addressOf: (memory) => koffi.address(memory),
  };
}
