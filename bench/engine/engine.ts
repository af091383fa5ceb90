/** What every engine under test can do; one adapter an engine. Keys and values are byte strings. */
export interface Engine {
  readonly name: string;
  /** The settings in force, as text, to be printed beside the result. */
  readonly settings: string;
  put(key: Uint8Array, value: Uint8Array, durable: boolean): Promise<unknown>;
  delete(key: Uint8Array): Promise<unknown>;
  /** Writes all or nothing, not durable. */
  putBatch(keys: readonly Uint8Array[], values: readonly Uint8Array[]): Promise<unknown>;
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array): Uint8Array | undefined;
  /** Calls `visit` for each entry from `start` on, in order, `limit` at most; returns how many there were. */
  scan(
    start: Uint8Array | undefined,
    limit: number,
    visit: (key: Uint8Array, value: Uint8Array) => void,
  ): Promise<number>;
  close(): Promise<void>;
}

export type EngineName = 'corecache' | 'classic-level';

/** Settings made equal for all engines. */
export interface EngineOptions {
  readonly cacheBytes: number;
  readonly writeBufferBytes: number;
  readonly bloomBitsPerKey: number;
}

export const comparableOptions: EngineOptions = {
  cacheBytes: 64 * 1024 * 1024,
  writeBufferBytes: 32 * 1024 * 1024,
  bloomBitsPerKey: 10,
};
