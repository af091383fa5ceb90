import { mebibytes, type Engine, type EngineOptions } from './engine.js';
import { peerVersion, requirePeer } from '../peers.js';
import { walk, type LevelIterator } from './walk.js';

interface RocksLevel {
  open(options: object): Promise<void>;
  put(key: Uint8Array, value: Uint8Array): Promise<void>;
  del(key: Uint8Array): Promise<void>;
  batch(operations: readonly object[], options?: { sync: boolean }): Promise<void>;
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  _getManySync(keys: readonly Uint8Array[], options: object): (Uint8Array | null | undefined)[];
  iterator(options: object): LevelIterator;
  close(): Promise<void>;
}

interface Package {
  readonly RocksLevel: new (directory: string, options: object) => RocksLevel;
}

/** RocksDB's own default; the binding's is half the processors, which on a small machine has flushes wait for compactions. */
const BACKGROUND_JOBS = 2;

/**
 * RocksDB, through a binding that is kept up. Its write buffer and Bloom filter are as the binding sets them, for it has
 * no option for either that leaves the rest alone. A single `put` drops the `sync` it is given; a batch does not.
 */
export async function openRocksDb(directory: string, options: EngineOptions): Promise<Engine> {
  const { RocksLevel } = requirePeer('@nxtedition/rocksdb') as Package;
  const level = new RocksLevel(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  await level.open({
    createIfMissing: true,
    cacheSize: options.cacheBytes,
    compression: options.compression,
    parallelism: BACKGROUND_JOBS,
    walCompression: false,
  });
  return {
    settings: `@nxtedition/rocksdb ${peerVersion('@nxtedition/rocksdb')}, cache ${mebibytes(options.cacheBytes)}, write buffer 64 MiB (fixed), Bloom 10 bits (fixed), blocks 4 KiB, ${BACKGROUND_JOBS} background jobs, ${options.compression ? 'zstd with dictionaries (fixed)' : 'no compression'}`,
    put: (key, value, durable) =>
      durable ? level.batch([{ type: 'put', key, value }], { sync: true }) : level.put(key, value),
    delete: (key) => level.del(key),
    putBatch: (keys, values) => level.batch(keys.map((key, i) => ({ type: 'put', key, value: values[i]! }))),
    get: async (key) => (await level.getMany([key]))[0],
    getSync: (key) => level._getManySync([key], { valueEncoding: 'buffer' })[0] ?? undefined,
    scan: ({ start, limit, reverse = false }, visit) =>
      walk(level.iterator({ ...(start && { gte: start }), limit, reverse }), visit),
    close: () => level.close(),
  };
}
