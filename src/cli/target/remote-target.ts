import { CoreCacheClient } from '../../client/corecache-client.js';
import type {
  ClientDeleteOptions,
  ClientOperation,
  ClientPutOptions,
  ClientScanOptions,
} from '../../client/client-types.js';
import type { Environment } from '../../env/environment.js';
import type { Target } from './target.js';

export interface RemoteTargetOptions {
  /** See `CoreCacheClient`. */
  readonly repeatUnknownWrites?: boolean;
  readonly connectionsMax?: number;
  readonly stopRetrying?: AbortSignal;
}

/** A running server, or a cluster of them. */
export class RemoteTarget implements Target {
  readonly name: string;
  readonly #client: CoreCacheClient;

  /** @param urls one, or several with commas between them */
  constructor(urls: string, { clock, randomness }: Environment, options: RemoteTargetOptions = {}) {
    this.name = urls;
    this.#client = new CoreCacheClient({
      urls: urls.split(',').map((url) => url.trim()),
      clock,
      randomness,
      ...options,
    });
  }

  get(key: Uint8Array): ReturnType<Target['get']> {
    return this.#client.get(key);
  }

  put(key: Uint8Array, value: Uint8Array, options?: ClientPutOptions): ReturnType<Target['put']> {
    return this.#client.put(key, value, options);
  }

  delete(key: Uint8Array, options?: ClientDeleteOptions): Promise<boolean> {
    return this.#client.delete(key, options);
  }

  write(operations: readonly ClientOperation[]): Promise<unknown> {
    return this.#client.write(operations);
  }

  scan(options: ClientScanOptions): ReturnType<Target['scan']> {
    return this.#client.scan(options);
  }

  status(): Promise<unknown> {
    return this.#client.status();
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}
