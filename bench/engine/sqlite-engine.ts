import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { mebibytes, type Engine, type EngineOptions } from './engine.js';
import { peerVersion, requirePeer } from '../peers.js';

interface Statement {
  run(...parameters: readonly unknown[]): unknown;
  get(...parameters: readonly unknown[]): unknown;
  iterate(...parameters: readonly unknown[]): Iterable<unknown>;
  pluck(): Statement;
  raw(): Statement;
}

interface Sqlite {
  pragma(text: string): unknown;
  exec(text: string): unknown;
  prepare(text: string): Statement;
  transaction<Parameters extends unknown[]>(action: (...parameters: Parameters) => void): (...p: Parameters) => void;
  close(): void;
}

type Package = new (file: string) => Sqlite;

const PAGE_BYTES = 4096;

/**
 * SQLite with a write-ahead log and one table that is its own index. It has no asynchronous calls: what the others have
 * in flight, it does one after the other, each write a transaction of its own.
 */
export function openSqlite(directory: string, options: EngineOptions): Engine {
  mkdirSync(directory, { recursive: true });
  const sqlite = new (requirePeer('better-sqlite3') as Package)(join(directory, 'store.sqlite'));
  // As the others, which let no other process in; and before the write-ahead log, which then needs no shared memory.
  sqlite.pragma('locking_mode = EXCLUSIVE');
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma(`cache_size = -${options.cacheBytes / 1024}`);
  sqlite.pragma(`wal_autocheckpoint = ${options.writeBufferBytes / PAGE_BYTES}`);
  sqlite.pragma('synchronous = NORMAL');
  sqlite.exec('CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID');
  const get = sqlite.prepare('SELECT value FROM entries WHERE key = ?').pluck();
  const put = sqlite.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?)');
  const remove = sqlite.prepare('DELETE FROM entries WHERE key = ?');
  const ascending = sqlite.prepare('SELECT key, value FROM entries WHERE key >= ? ORDER BY key LIMIT ?').raw();
  const descending = sqlite.prepare('SELECT key, value FROM entries ORDER BY key DESC LIMIT ?').raw();
  const putAll = sqlite.transaction((keys: readonly Uint8Array[], values: readonly Uint8Array[]) => {
    for (const [i, key] of keys.entries()) put.run(key, values[i]!);
  });
  let durableNow = false;
  const setDurable = (durable: boolean): void => {
    if (durable === durableNow) return;
    sqlite.pragma(`synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
    durableNow = durable;
  };
  const getSync = (key: Uint8Array): Uint8Array | undefined => get.get(key) as Uint8Array | undefined;
  return {
    settings: `better-sqlite3 ${peerVersion('better-sqlite3')}, cache ${mebibytes(options.cacheBytes)}, write-ahead log ${mebibytes(options.writeBufferBytes)}, pages 4 KiB, synchronous NORMAL (FULL for durable writes), locking_mode EXCLUSIVE, no Bloom filter, no compression`,
    put(key, value, durable) {
      setDurable(durable);
      return Promise.resolve(put.run(key, value));
    },
    putSync(key, value) {
      setDurable(false);
      put.run(key, value);
    },
    delete(key) {
      setDurable(false);
      return Promise.resolve(remove.run(key));
    },
    putBatch(keys, values) {
      setDurable(false);
      putAll(keys, values);
      return Promise.resolve();
    },
    get: (key) => Promise.resolve(getSync(key)),
    getSync,
    scan({ start = new Uint8Array(0), limit, reverse = false }, visit) {
      const rows = reverse ? descending.iterate(limit) : ascending.iterate(start, limit);
      let count = 0;
      for (const [key, value] of rows as Iterable<[Uint8Array, Uint8Array]>) {
        visit(key, value);
        count++;
      }
      return Promise.resolve(count);
    },
    close() {
      sqlite.close();
      return Promise.resolve();
    },
  };
}
