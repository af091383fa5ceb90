import { ClassicLevel } from 'classic-level';
import type { Engine, EngineOptions } from './engine.js';

/** LevelDB, through the binding that Node.js programs use. Its Bloom filter is fixed at 10 bits a key. */
export async function openClassicLevel(directory: string, options: EngineOptions): Promise<Engine> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, { keyEncoding: 'view', valueEncoding: 'view' });
  await level.open({
    cacheSize: options.cacheBytes,
    writeBufferSize: options.writeBufferBytes,
    compression: false,
  });
  return {
    name: 'classic-level',
    settings: `cache ${options.cacheBytes / 1024 / 1024} MiB, write buffer ${options.writeBufferBytes / 1024 / 1024} MiB, Bloom 10 bits, no compression`,
    put: (key, value, durable) => level.put(key, value, { sync: durable }),
    delete: (key) => level.del(key),
    putBatch: (keys, values) => level.batch(keys.map((key, i) => ({ type: 'put', key, value: values[i]! }))),
    get: (key) => level.get(key),
    getSync: (key) => level.getSync(key),
    async scan(start, limit, visit) {
      const iterator = level.iterator(start === undefined ? { limit } : { gte: start, limit });
      let count = 0;
      try {
        // The fastest way to walk this engine: many entries for each crossing into native code.
        for (;;) {
          const entries = await iterator.nextv(1000);
          if (entries.length === 0) return count;
          for (const [key, value] of entries) visit(key, value);
          count += entries.length;
        }
      } finally {
        await iterator.close();
      }
    },
    close: () => level.close(),
  };
}
