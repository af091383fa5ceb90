import { join } from 'node:path';
import { CoreCacheError } from '../base/errors.js';
import type { Environment } from '../env/environment.js';
import type { Settings } from '../settings/definitions.js';
import type { DatabaseStatistics } from '../store/statistics.js';
import type { NodeStore } from './key-value-store.js';

/** A name for a folder: no separators, not hidden, so it stays where it is put. */
const CHECKPOINT_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Work that an operator asks for, on the store of this very node, whoever leads. */
export class Maintenance {
  readonly #settings: Settings;
  readonly #environment: Environment;
  readonly #current: () => NodeStore;

  constructor(settings: Settings, environment: Environment, current: () => NodeStore) {
    this.#settings = settings;
    this.#environment = environment;
    this.#current = current;
  }

  async flush(): Promise<void> {
    await this.#current().flush();
  }

  async compact(): Promise<void> {
    await this.#current().compact();
  }

  /**
   * Makes a copy that opens as a database of its own, in the checkpoint folder of the data directory.
   * @throws CoreCacheError `INVALID_ARGUMENT` for a name that is not a plain folder name, `CONFLICT` when it is taken
   */
  async checkpoint(name: string | undefined): Promise<{ name: string; directory: string }> {
    const chosen = name ?? `checkpoint-${this.#environment.clock.now()}`;
    if (!CHECKPOINT_NAME.test(chosen)) {
      throw new CoreCacheError(
        'INVALID_ARGUMENT',
        'name: up to 128 letters, digits, ".", "_" and "-", beginning with a letter, a digit or "_"',
      );
    }
    const folder = join(this.#settings.node.dataDirectory, this.#settings.checkpoint.directory);
    const directory = join(folder, chosen);
    if (await this.#environment.fileSystem.exists(directory)) {
      throw new CoreCacheError('CONFLICT', `there is a checkpoint ${chosen} already`);
    }
    const store = this.#current();
    await this.#environment.fileSystem.makeDirectory(folder);
    await store.checkpoint(directory);
    return { name: chosen, directory };
  }

  stats(): DatabaseStatistics {
    return this.#current().stats();
  }
}
