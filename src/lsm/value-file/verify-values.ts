import { join } from 'node:path';
import { corruption } from '../../base/errors.js';
import { valueFile } from '../../base/file-names.js';
import type { FileSystem } from '../../env/file-system.js';
import { ValuePlace, type Entry } from '../entry.js';
import { ValueFileReader } from './value-file-reader.js';
import type { ValueFileSummary, ValueUse } from './value-file-summary.js';
import type { ValueSource } from './value-files.js';
import { ValueUseCount } from './value-use-count.js';

/** Holds what the entries of one table refer to against the value files, and against what the manifest says of it. */
export class ValueCheck {
  readonly #values: ValueSource;
  readonly #stated: readonly ValueUse[];
  readonly #count = new ValueUseCount();

  constructor(values: ValueSource, stated: readonly ValueUse[]) {
    this.#values = values;
    this.#stated = stated;
  }

  /** Reads the value, if it is separate. @throws CoreCacheError `CORRUPTION`, or of the file system */
  async check(entry: Entry): Promise<void> {
    if (entry.valuePlace !== ValuePlace.separate) return;
    this.#count.addEntry(entry);
    await this.#values.load(entry);
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
