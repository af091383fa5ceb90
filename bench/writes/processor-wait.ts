import { closeSync, openSync, readSync } from 'node:fs';

/**
 * How long this process's main thread was ready to run while all processors were busy with something else: the second
 * number in its `schedstat`, in nanoseconds. Read once a millisecond, so from one open file into one buffer.
 */
export class ProcessorWait {
  readonly #buffer = Buffer.alloc(128);
  readonly #file = openIfThere(`/proc/self/task/${process.pid}/schedstat`);

  /** Since the thread began, in milliseconds; absent where the system does not tell. */
  totalMs(): number | undefined {
    if (this.#file === undefined) return undefined;
    const length = readSync(this.#file, this.#buffer, 0, this.#buffer.length, 0);
    return Number(this.#buffer.toString('latin1', 0, length).split(' ')[1]) / 1e6;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
