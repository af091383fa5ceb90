import type { FileNumber } from '../../base/numbers.js';
import { ValuePlace, type Entry } from '../entry.js';
import type { ValueUse } from './value-file-summary.js';
import { referenceOf } from './value-reference.js';

/** Adds up, by value file, what entries or tables refer to. */
export class ValueUseCount {
  readonly #byFile = new Map<FileNumber, { bytes: number; valueCount: number }>();

  /** An entry whose value is not separate counts for nothing. */
  addEntry(entry: Entry): void {
    if (entry.valuePlace !== ValuePlace.separate) return;
    const { fileNumber, recordBytes } = referenceOf(entry);
    this.add({ fileNumber, bytes: recordBytes, valueCount: 1 });
  }

  add({ fileNumber, bytes, valueCount }: ValueUse): void {
    const use = this.#byFile.get(fileNumber);
    if (use === undefined) this.#byFile.set(fileNumber, { bytes, valueCount });
    else {
      use.bytes += bytes;
      use.valueCount += valueCount;
    }
  }

  of(fileNumber: FileNumber): ValueUse | undefined {
    const use = this.#byFile.get(fileNumber);
    return use && { fileNumber, ...use };
  }

  /** By rising file number. */
  uses(): readonly ValueUse[] {
    return [...this.#byFile]
      .map(([fileNumber, use]) => ({ fileNumber, ...use }))
      .sort((a, b) => a.fileNumber - b.fileNumber);
  }
}
