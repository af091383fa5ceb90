import type { FileMapping } from './file-system.js';
import { MADV_DONTNEED, systemCalls, type Address, type SystemCalls } from './system-calls.js';

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

interface Range {
  readonly system: SystemCalls;
  readonly address: Address;
  readonly bytes: number;
}

/**
 * Files as memory, on Linux: `mmap`.
 *
 * **Safety.** JavaScript must never look at an address where nothing is, or something else: that would end the process, or
 * worse. So a mapping that is closed is not undone but replaced, in one step, by memory that is all zeros and takes no
 * room; views that somebody still has show zeros. The range of addresses is given back when the collector has found that
 * there are no such views. What remains is what the system does when it cannot read a page of a mapped file, for the
 * device fails or somebody has cut the file: it ends the process by a signal (SIGBUS).
 */
class MemoryMap {
  readonly #ranges = new FinalizationRegistry<Range>(({ system, address, bytes }) => system.munmap(address, bytes));

  /** Why files cannot be mapped here; `undefined` when they can. */
  get obstacle(): string | undefined {
    const system = systemCalls();
    return system instanceof Error ? system.message : undefined;
  }

  /**
   * Maps the first `bytes` of an open file and reads them, on a thread. The descriptor may be closed at once.
   * `undefined` when that is not possible.
   */
  async map(descriptor: number, bytes: number): Promise<FileMapping | undefined> {
    const system = systemCalls();
    // The system has no mapping of nothing.
    if (system instanceof Error || bytes === 0) return undefined;
    const own = system.fcntl(descriptor, F_DUPFD_CLOEXEC, 'int', 0);
    if (own < 0) return undefined;
    try {
      const address = await mapOnThread(system, own, bytes);
      return Number(address) === MAP_FAILED ? undefined : this.#mapped(system, address, bytes);
    } finally {
      // Node.js has not opened it, and where it keeps count of descriptors it would say so.
      system.close(own);
    }
  }

  #mapped(system: SystemCalls, address: Address, bytes: number): FileMapping | undefined {
    let buffer: ArrayBuffer;
    try {
      buffer = system.view(address, bytes);
    } catch {
      // Where all memory of JavaScript has to be in one place, as in Electron.
      system.munmap(address, bytes);
      return undefined;
    }
    this.#ranges.register(buffer, { system, address, bytes });
    return {
      bytes: new Uint8Array(buffer),
      // Of a file that is shared only the entries in the tables of pages go: its pages stay in the page cache.
      dropPages: () => {
        system.madvise(address, bytes, MADV_DONTNEED);
      },
      close: () => {
        system.mmap(address, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
      },
    };
  }
}

/** Of this thread. */
export const memoryMap = new MemoryMap();

function mapOnThread(system: SystemCalls, descriptor: number, bytes: number): Promise<Address> {
  return new Promise((resolve, reject) => {
    system.mmap.async(
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
