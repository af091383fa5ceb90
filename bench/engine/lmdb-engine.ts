import type { Engine, EngineOptions } from './engine.js';
import { peerVersion, requirePeer } from '../peers.js';

interface Lmdb {
  readonly flushed: Promise<boolean>;
  get(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, value: Uint8Array): Promise<boolean>;
  putSync(key: Uint8Array, value: Uint8Array): void;
  remove(key: Uint8Array): Promise<boolean>;
  transaction(action: () => void): Promise<void>;
  getRange(options: object): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
  close(): Promise<void>;
}

interface Package {
  open(options: object): Lmdb;
}

/**
 * LMDB as its binding sets it up: a commit is answered before its sync has ended, as with the other engines, and a
 * durable write waits for that too. Reads come from the memory map, so they are synchronous, and its cache is the
 * operating system's.
 */
export function openLmdb(directory: string, { compression }: EngineOptions): Engine {
  const lmdb = (requirePeer('lmdb') as Package).open({
    path: directory,
    keyEncoding: 'binary',
    encoding: 'binary',
    compression,
  });
  return {
    settings: `lmdb ${peerVersion('lmdb')}, memory map that grows with the file (no cache of its own), pages 4 KiB, no write buffer, no Bloom filter, overlapped sync (its default), ${compression ? 'LZ4 for values of 1,000 bytes or more (its default)' : 'no compression'}`,
    async put(key, value, durable) {
      await lmdb.put(key, value);
      if (durable) await lmdb.flushed;
    },
    putSync: (key, value) => lmdb.putSync(key, value),
    delete: (key) => lmdb.remove(key),
    putBatch: (keys, values) =>
      lmdb.transaction(() => {
        for (const [i, key] of keys.entries()) lmdb.putSync(key, values[i]!);
      }),
    get: (key) => Promise.resolve(lmdb.get(key)),
    getSync: (key) => lmdb.get(key),
    scan({ start, limit, reverse = false }, visit) {
      let count = 0;
      for (const { key, value } of lmdb.getRange({ ...(start && { start }), limit, reverse })) {
        visit(key, value);
        count++;
      }
      return Promise.resolve(count);
    },
    close: () => lmdb.close(),
  };
}
