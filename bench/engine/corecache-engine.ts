import { Database, defaultDatabaseOptions } from 'corecache';
import { mebibytes, type Engine, type EngineOptions } from './engine.js';
import { bytesOfFiles } from './footprint.js';

/** LevelDB and RocksDB have two write buffers at most: one that is filled, and one that is flushed. */
const WRITE_BUFFERS = 2;
/** One that is filled, one that is flushed, and one that waits for it. */
const MEMTABLES = defaultDatabaseOptions.sealedMemtablesMax;

export async function openCoreCache(directory: string, options: EngineOptions): Promise<Engine> {
  const memtableBytesMax = comparableMemtableBytes(options.writeBufferBytes);
  const database = await Database.open(directory, {
    durability: 'os',
    cacheBytesMax: options.cacheBytes,
    mappedBytesMax: options.mappedBytes,
    memtableBytesMax,
    bloomBitsPerKey: options.bloomBitsPerKey,
    compression: options.compression ? 'fast' : 'none',
  });
  const mapped = options.mappedBytes > 0 ? `, up to ${mebibytes(options.mappedBytes)} of tables mapped` : '';
  return {
    settings: `cache ${mebibytes(options.cacheBytes)}${mapped}, up to ${MEMTABLES} memtables of ${mebibytes(memtableBytesMax)}, Bloom ${options.bloomBitsPerKey} bits on average, blocks 4 KiB, a thread for flushes and one for compactions, ${options.compression ? 'compression fast (Snappy)' : 'no compression'}`,
    put: (key, value, durable) => database.put(key, value, { durability: durable ? 'fsync' : 'os' }),
    delete: (key) => database.delete(key),
    putBatch: (keys, values) => database.write(keys.map((key, i) => ({ type: 'put', key, value: values[i]! }))),
    get: (key) => database.get(key),
    getSync: (key) => database.getSync(key),
    async scan({ start, limit, reverse }, visit) {
      let count = 0;
      for await (const entries of database.scan({ gte: start, limit, reverse }).batches()) {
        for (const [key, value] of entries) visit(key, value);
        count += entries.length;
      }
      return count;
    },
    indexBytes: () => bytesOfFiles(directory, '.index'),
    close: () => database.close(),
  };
}

/** With memtables of this size writes may take as much memory in all as in an engine with write buffers of the size given. */
export function comparableMemtableBytes(writeBufferBytes: number): number {
  return Math.floor((writeBufferBytes * WRITE_BUFFERS) / MEMTABLES);
}
