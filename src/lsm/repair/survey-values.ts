import { join } from 'node:path';
import { copyOf } from '../../base/bytes.js';
import { isCoreCacheError, reasonOf } from '../../base/errors.js';
import { valueFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import { ValuePlace, type Entry } from '../entry.js';
import type { ValueUse } from '../value-file/value-file-summary.js';
import { ValueFiles } from '../value-file/value-files.js';
import { referenceOf, type ValueReference } from '../value-file/value-reference.js';
import { ValueUseCount } from '../value-file/value-use-count.js';
import type { TableDamage } from './table-damage.js';

interface LostValues {
  readonly offset: number;
  readonly what: string;
  readonly firstKey: Uint8Array;
  lastKey: Uint8Array;
  count: number;
}

/**
 * Reads the values that the entries of one table refer to. An entry whose value cannot be read is lost, and the others of
 * the table are not. The headers of value files are not looked at: records are read without them, see `mend-value-file.ts`.
 */
export class ValueSurvey {
  readonly #directory: string;
  readonly #fileSystem: FileSystem;
  readonly #values: ValueFiles;
  readonly #sound = new ValueUseCount();
  readonly #lost = new Map<FileNumber, LostValues>();
  readonly #lostPlaces = new Set<string>();

  constructor(fileSystem: FileSystem, directory: string) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#values = new ValueFiles(fileSystem, directory, false);
  }

  /** What the entries that are not lost refer to. */
  get uses(): readonly ValueUse[] {
    return this.#sound.uses();
  }

  /** True when the value is there. @throws CoreCacheError `NEWER_FORMAT`, `IO` */
  async isReadable(entry: Entry): Promise<boolean> {
    if (entry.valuePlace !== ValuePlace.separate) return true;
    const reference = referenceOf(entry);
    const { fileNumber, recordBytes } = reference;
    const path = join(this.#directory, valueFile(fileNumber));
    try {
      if (!(await this.#fileSystem.exists(path))) return this.#lose(entry, reference, 'is missing');
      await this.#values.load(entry);
    } catch (error) {
      if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
      return this.#lose(entry, reference, reasonOf(error));
    }
    this.#sound.add({ fileNumber, bytes: recordBytes, valueCount: 1 });
    return true;
  }

  /** Whether an entry of the table, met again, is one of those that are lost. */
  isLost(entry: Entry): boolean {
    if (this.#lostPlaces.size === 0 || entry.valuePlace !== ValuePlace.separate) return false;
    const { fileNumber, position } = referenceOf(entry);
    return this.#lostPlaces.has(placeName(fileNumber, position));
  }

  /** By value file. */
  damages(): TableDamage[] {
    return [...this.#lost].map(([fileNumber, { offset, what, count, firstKey, lastKey }]) => ({
      file: join(this.#directory, valueFile(fileNumber)),
      offset,
      bytes: undefined,
      what: count === 1 ? what : `${count} values cannot be read; the first: ${what}`,
      isLoss: true,
      firstKey,
      lastKey,
    }));
  }

  close(): void {
    this.#values.close();
  }

  #lose(entry: Entry, { fileNumber, position }: ValueReference, what: string): false {
    const { keyBytes, keyStart, keyEnd } = entry;
    const key = new Uint8Array(copyOf(keyBytes, keyStart, keyEnd));
    const lost = this.#lost.get(fileNumber);
    if (lost === undefined) {
      this.#lost.set(fileNumber, { offset: position, what, firstKey: key, lastKey: key, count: 1 });
    } else {
      lost.lastKey = key;
      lost.count++;
    }
    this.#lostPlaces.add(placeName(fileNumber, position));
    return false;
  }
}

function placeName(fileNumber: number, position: number): string {
  return `${fileNumber}:${position}`;
}
