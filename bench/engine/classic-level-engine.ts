import { ClassicLevel } from 'classic-level';
import { mebibytes, type Engine, type EngineOptions } from './engine.js';
import { walk } from './walk.js';

/** LevelDB, through the binding that Node.js programs use. Its Bloom filter is fixed at 10 bits a key. */
export async function openClassicLevel(directory: string, options: EngineOptions): Promise<Engine> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, { keyEncoding: 'view', valueEncoding: 'view' });
  await level.open({
    cacheSize: options.cacheBytes,
    writeBufferSize: options.writeBufferBytes,
    compression: options.compression,
  });
  return {
    settings: `cache ${mebibytes(options.cacheBytes)}, write buffer ${mebibytes(options.writeBufferBytes)}, Bloom 10 bits, blocks 4 KiB, one background thread, ${options.compression ? 'Snappy' : 'no compression'}`,
    put: (key, value, durable) => level.put(key, value, { sync: durable }),
    delete: (key) => level.del(key),
    putBatch: (keys, values) => level.batch(keys.map((key, i) => ({ type: 'put', key, value: values[i]! }))),
    get: (key) => level.get(key),
    getSync: (key) => level.getSync(key),
    scan: ({ start, limit, reverse = false }, visit) =>
      walk(level.iterator({ ...(start && { gte: start }), limit, reverse }), visit),
    close: () => level.close(),
  };
}
