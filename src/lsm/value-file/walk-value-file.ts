import { corruption } from '../../base/errors.js';
import type { FileNumber } from '../../base/numbers.js';
import { VARINT_BYTES_MAX } from '../../base/varint.js';
import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import {
  checkValueHeader,
  readRecord,
  recordLengthOf,
  VALUE_HEADER_BYTES,
  type RecordContent,
} from './value-format.js';

/** One record of a value file. */
export interface ValueRecord extends RecordContent {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Checksum and the three numbers in front of a record's key. */
const LENGTHS_BYTES_MAX = 4 + 3 * VARINT_BYTES_MAX;

/**
 * Goes through a value file from its first record, whether anything refers to it or not: for people who look into one.
 * @throws CoreCacheError `CORRUPTION` with file and offset: behind a damaged record none is found; `NEWER_FORMAT`, `IO`
 */
export async function* walkValueFile(
  fileSystem: FileSystem,
  path: string,
  fileNumber: FileNumber,
): AsyncGenerator<ValueRecord> {
  const file = await fileSystem.openReader(path);
  try {
    checkValueHeader(await read(file, 0, VALUE_HEADER_BYTES), fileNumber, path);
    let position = VALUE_HEADER_BYTES;
    while (position < file.size) {
      const lengths = await read(file, position, LENGTHS_BYTES_MAX);
      const recordBytes = recordLengthOf(lengths, path, position);
      if (position + recordBytes > file.size) throw corruption(path, position, 'file ends within a value');
      const bytes = await read(file, position, recordBytes);
      yield { ...readRecord(bytes, path, fileNumber, position), position, bytes };
      position += recordBytes;
    }
  } finally {
    await file.close();
  }
}

/** Fewer bytes only at the end of the file. */
async function read(file: ReadableFile, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(length, file.size - position));
  return bytes.subarray(0, await file.read(bytes, position));
}
