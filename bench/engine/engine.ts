/** What every engine under test can do; one adapter an engine. Keys and values are byte strings. */
export interface Engine {
  /** The settings in force, as text, to be printed beside the result. */
  readonly settings: string;
  /** An engine without an asynchronous call makes its synchronous one here, and answers with its result. */
  put(key: Uint8Array, value: Uint8Array, durable: boolean): Promise<unknown>;
  /** Not durable. Absent where the engine has no such call. */
  putSync?(key: Uint8Array, value: Uint8Array): void;
  delete(key: Uint8Array): Promise<unknown>;
  /** Writes all or nothing, not durable. */
  putBatch(keys: readonly Uint8Array[], values: readonly Uint8Array[]): Promise<unknown>;
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array): Uint8Array | undefined;
  /** Calls `visit` for each entry of the range in its order; returns how many there were. */
  scan(range: ScanRange, visit: (key: Uint8Array, value: Uint8Array) => void): Promise<number>;
  /** What indexes and filters take in files; absent where they have none of their own. */
  indexBytes?(): number;
  close(): Promise<void>;
}

export interface ScanRange {
  /** The first key, where the range does not begin at an end of the database. Only without `reverse`. */
  readonly start?: Uint8Array;
  readonly limit: number;
  readonly reverse?: boolean;
}

export const engineNames = ['corecache', 'classic-level', 'rocksdb', 'lmdb', 'sqlite'] as const;
export type EngineName = (typeof engineNames)[number];

/** Settings made equal for all engines. */
export interface EngineOptions {
  readonly cacheBytes: number;
  /** Of CoreCache's tables: LevelDB and LMDB map their files without being asked, the others do not. */
  readonly mappedBytes: number;
  readonly writeBufferBytes: number;
  readonly bloomBitsPerKey: number;
  /** Each engine by what it has for it, the fastest where there is a choice. */
  readonly compression: boolean;
}

/** … unless a run asks for another cache, or for mapped tables. */
export const comparableOptions: Omit<EngineOptions, 'compression'> = {
  cacheBytes: 64 * 1024 * 1024,
  mappedBytes: 0,
  writeBufferBytes: 32 * 1024 * 1024,
  bloomBitsPerKey: 10,
};

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
}
