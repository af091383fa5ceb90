import { join } from 'node:path';
import { corruption, isCoreCacheError, type CoreCacheError } from '../../base/errors.js';
import { valueFile } from '../../base/file-names.js';
import type { FileSystem } from '../../env/file-system.js';
import { ValuePlace, type Entry } from '../entry.js';
import { ValueFileReader } from './value-file-reader.js';
import type { ValueFileSummary, ValueUse } from './value-file-summary.js';
import type { ValueSource } from './value-files.js';
import { ValueUseCount } from './value-use-count.js';

/** Values of one table that are named one by one when they cannot be read; of more there is only the number. */
export const NAMED_VALUES_MAX = 100;

/** Holds what the entries of one table refer to against the value files, and against what the manifest says of it. */
export class ValueCheck {
  readonly #values: ValueSource;
  readonly #stated: readonly ValueUse[];
  readonly #count = new ValueUseCount();
  readonly #unreadable: CoreCacheError[] = [];
  #unreadableCount = 0;

  constructor(values: ValueSource, stated: readonly ValueUse[]) {
    this.#values = values;
    this.#stated = stated;
  }

  /** Why values cannot be read, each on its own: the first `NAMED_VALUES_MAX` of `unreadableCount`. */
  get unreadable(): readonly CoreCacheError[] {
    return this.#unreadable;
  }

  get unreadableCount(): number {
    return this.#unreadableCount;
  }

  /** Reads the value, if it is separate. One that cannot be read is noted, and does not keep others from being checked. */
  async check(entry: Entry): Promise<void> {
    if (entry.valuePlace !== ValuePlace.separate) return;
    this.#count.addEntry(entry);
    try {
      await this.#values.load(entry);
    } catch (error) {
      if (!isCoreCacheError(error)) throw error;
      if (++this.#unreadableCount <= NAMED_VALUES_MAX) this.#unreadable.push(error);
    }
  }

  /** After the last entry. @throws CoreCacheError `CORRUPTION`, naming the table */
  finish(table: string): void {
    const found = JSON.stringify(this.#count.uses());
    const stated = JSON.stringify(this.#stated);
    if (found !== stated) throw corruption(table, undefined, `refers to values ${found}, the manifest says ${stated}`);
  }
}

/** Begins as it should and has its length; its values are checked with the tables that refer to them. */
export async function verifyValueFile(
  fileSystem: FileSystem,
  directory: string,
  { fileNumber, bytes }: ValueFileSummary,
): Promise<void> {
  const path = join(directory, valueFile(fileNumber));
  const size = await fileSystem.sizeOf(path);
  if (size !== bytes) throw corruption(path, undefined, `has ${size} bytes, ${bytes} were written`);
  const reader = await ValueFileReader.open(fileSystem, directory, fileNumber);
  reader.closeSync();
}
