import { CoreCacheError, messageOf } from '../base/errors.js';
import type { Environment } from '../env/environment.js';
import type { StorageState } from '../protocol/rest-bodies.js';
import type { NodeStore } from './key-value-store.js';

const BACKOFF_MS_FIRST = 100;
/** Long enough not to burden a broken disk, short enough for an operator who has just made room. */
const BACKOFF_MS_MAX = 10_000;

/**
 * Holds the node's store, and replaces it after its log has failed. What is on disk is the truth then: memory may hold
 * less or more than the log does, so nothing of it is kept, and the log is never written through the same descriptor
 * again. Opening is tried until it succeeds or the node stops; meanwhile there is no store, and every use says why.
 */
export class StoreKeeper {
  readonly #openStore: () => Promise<NodeStore>;
  readonly #environment: Environment;
  readonly #stopping = new AbortController();
  #store: NodeStore | undefined;
  #state: StorageState = 'closed';
  #trouble = '';

  constructor(openStore: () => Promise<NodeStore>, environment: Environment) {
    this.#openStore = openStore;
    this.#environment = environment;
  }

  get state(): StorageState {
    return this.#state;
  }

  /** Why the store is not open. */
  get trouble(): string {
    return this.#trouble;
  }

  /** @throws CoreCacheError `CLOSED` while there is no store */
  get current(): NodeStore {
    if (this.#store === undefined) {
      const why =
        this.#state === 'recovering' ? `the storage is being reopened: ${this.#trouble}` : 'the node has stopped';
      throw new CoreCacheError('CLOSED', why);
    }
    return this.#store;
  }

  async open(): Promise<NodeStore> {
    this.#store = await this.#openStore();
    this.#state = 'open';
    return this.#store;
  }

  /** Closes the failed store and opens it from disk. Returns the new one, or `undefined` when the node stopped first. */
  async reopen(): Promise<NodeStore | undefined> {
    const failed = this.#store;
    this.#store = undefined;
    this.#state = 'recovering';
    this.#trouble = messageOf(failed?.failure ?? 'the log failed');
    await this.#closeFailed(failed);
    const { clock, logger } = this.#environment;
    for (
      let delayMs = BACKOFF_MS_FIRST;
      !this.#stopping.signal.aborted;
      delayMs = Math.min(2 * delayMs, BACKOFF_MS_MAX)
    ) {
      try {
        return await this.open();
      } catch (error) {
        this.#trouble = messageOf(error);
        logger.error('the storage cannot be reopened yet', { error, retryInMs: delayMs });
        await clock.sleep(delayMs, this.#stopping.signal);
      }
    }
    return undefined;
  }

  /** Ends attempts to reopen. */
  stopTrying(): void {
    this.#stopping.abort();
  }

  async close(): Promise<void> {
    this.stopTrying();
    const store = this.#store;
    this.#store = undefined;
    this.#state = 'closed';
    await store?.close();
  }

  /** A log that failed may also fail to close; the lock of the directory is free either way, or `open` will say so. */
  async #closeFailed(store: NodeStore | undefined): Promise<void> {
    try {
      await store?.close();
    } catch (error) {
      this.#environment.logger.warn('the failed storage did not close cleanly', { error });
    }
  }
}
