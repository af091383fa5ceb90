import { comparableOptions, type Engine, type EngineName } from './engine.js';

/** Loads only the engine that is asked for: what another one takes in memory is not to be counted here. */
export async function openEngine(name: EngineName, directory: string): Promise<Engine> {
  switch (name) {
    case 'corecache':
      return (await import('./corecache-engine.js')).openCoreCache(directory, comparableOptions);
    case 'classic-level':
      return (await import('./classic-level-engine.js')).openClassicLevel(directory, comparableOptions);
    case 'rocksdb':
      return (await import('./rocksdb-engine.js')).openRocksDb(directory, comparableOptions);
    case 'lmdb':
      return (await import('./lmdb-engine.js')).openLmdb(directory);
    case 'sqlite':
      return (await import('./sqlite-engine.js')).openSqlite(directory, comparableOptions);
  }
}
