import { comparableOptions, type Engine, type EngineName } from './engine.js';

export interface Opening {
  readonly engine: EngineName;
  readonly directory: string;
  readonly compression: boolean;
  /** Those of `comparableOptions` when absent. */
  readonly cacheBytes?: number | undefined;
  readonly mappedBytes?: number | undefined;
}

/** Loads only the engine that is asked for: what another one takes in memory is not to be counted here. */
export async function openEngine(opening: Opening): Promise<Engine> {
  const { engine, directory, compression } = opening;
  const { cacheBytes = comparableOptions.cacheBytes, mappedBytes = comparableOptions.mappedBytes } = opening;
  const options = { ...comparableOptions, cacheBytes, mappedBytes, compression };
  switch (engine) {
    case 'corecache':
      return (await import('./corecache-engine.js')).openCoreCache(directory, options);
    case 'classic-level':
      return (await import('./classic-level-engine.js')).openClassicLevel(directory, options);
    case 'rocksdb':
      return (await import('./rocksdb-engine.js')).openRocksDb(directory, options);
    case 'lmdb':
      return (await import('./lmdb-engine.js')).openLmdb(directory, options);
    case 'sqlite':
      return (await import('./sqlite-engine.js')).openSqlite(directory, options);
  }
}
