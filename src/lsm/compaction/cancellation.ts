import { CoreCacheError } from '../../base/errors.js';

/** A request to stop a job, which reaches another thread too. */
export class Cancellation {
  /** One number, shared between threads: 1 when the job is to stop. A sleeping thread is notified. */
  readonly flag = new Int32Array(new SharedArrayBuffer(4));
  readonly #abort = new AbortController();

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  cancel(): void {
    Atomics.store(this.flag, 0, 1);
    Atomics.notify(this.flag, 0);
    this.#abort.abort();
  }
}

export function isCancelled(flag: Int32Array): boolean {
  return Atomics.load(flag, 0) !== 0;
}

export function cancelledError(): CoreCacheError {
  return new CoreCacheError('CLOSED', 'the job was cancelled because the tree closes');
}
