import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreCacheLevel } from '../../src/level/corecache-level.js';
import type { LevelOptions } from '../../src/level/level-options.js';
import type { Database } from '../../src/store/database.js';

/** A temporary directory, and databases in it by name or in places of their own. */
export class TemporaryLevels {
  readonly directory = mkdtempSync(join(tmpdir(), 'corecache-level-'));
  readonly #mayBeOpen: CoreCacheLevel<never, never>[] = [];
  #count = 0;

  /** A database where nothing was yet. */
  make<K = string, V = string>(options?: LevelOptions<K, V>): CoreCacheLevel<K, V> {
    return this.at(this.newLocation(), options);
  }

  at<K = string, V = string>(location: string, options?: LevelOptions<K, V>): CoreCacheLevel<K, V> {
    return this.add(new CoreCacheLevel<K, V>(location, options));
  }

  add<K, V>(level: CoreCacheLevel<K, V>): CoreCacheLevel<K, V> {
    this.#mayBeOpen.push(level as unknown as CoreCacheLevel<never, never>);
    return level;
  }

  /**
   * Closes the databases of what nobody has closed, but for the `kept` newest: beneath Level, for some are left with
   * listeners and hooks that make closing fail, and of those Level says that they are closed.
   */
  async closeLeftOpen(kept = 0): Promise<void> {
    const old = this.#mayBeOpen.splice(0, Math.max(0, this.#mayBeOpen.length - kept));
    await Promise.all(old.flatMap((level) => databaseOf(level) ?? []).map((database) => database.close()));
  }

  newLocation(): string {
    return join(this.directory, String(this.#count++));
  }

  async remove(): Promise<void> {
    await this.closeLeftOpen();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The database underneath as long as it is open, whatever Level takes it for. */
function databaseOf(level: CoreCacheLevel<never, never>): Database | undefined {
  try {
    return level.database;
  } catch {
    return undefined;
  }
}
