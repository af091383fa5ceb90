import { closeSync, openSync, readSync } from 'node:fs';

/**
 * What the system has counted of this process's main thread: the first two numbers in its `schedstat`, in nanoseconds.
 * May be read once a millisecond, so from one open file into one buffer. Absent where the system does not tell.
 */
export class MainThread {
  readonly #buffer = Buffer.alloc(128);
  readonly #file = openIfThere(`/proc/self/task/${process.pid}/schedstat`);

  /** How long it has run on a processor since it began, in milliseconds. */
  ranMs(): number | undefined {
    return this.#read(0);
  }

  /** How long it was ready to run while all processors were busy with something else, in milliseconds. */
  waitedMs(): number | undefined {
    return this.#read(1);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #read(position: number): number | undefined {
    if (this.#file === undefined) return undefined;
    const length = readSync(this.#file, this.#buffer, 0, this.#buffer.length, 0);
    return Number(this.#buffer.toString('latin1', 0, length).split(' ')[position]) / 1e6;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
