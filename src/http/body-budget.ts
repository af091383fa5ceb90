import { CoreCacheError } from '../base/errors.js';

/** Bytes of request bodies that may be in memory at once, over all requests: many large ones must not sum up to the heap. */
export class BodyBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the error `SLOW_DOWN`, and takes nothing, when it would be too many. */
  take(bytes: number): CoreCacheError | undefined {
    if (this.#bytes + bytes > this.#bytesMax) {
      return new CoreCacheError('SLOW_DOWN', 'too many request bodies are in memory; try again', {
        data: { limit: this.#bytesMax },
      });
    }
    this.#bytes += bytes;
    return undefined;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}
