import { basename } from 'node:path';
import { CoreCacheError } from '../../base/errors.js';
import { parseFileName } from '../../base/file-names.js';
import type { FileSystem } from '../../env/file-system.js';
import { walkValueFile } from '../../lsm/value-file/walk-value-file.js';
import { shownBytes, type Finding } from './finding.js';

/**
 * A value file: how many values it holds, each of them when asked for, and whether all are whole. Which of them a table
 * still refers to stands in the tables.
 * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`; `INVALID_ARGUMENT` for another file
 */
export async function* inspectValues(
  fileSystem: FileSystem,
  path: string,
  showEntries: boolean,
): AsyncGenerator<Finding> {
  const name = parseFileName(basename(path));
  // The number is part of every checksum in it.
  if (name?.kind !== 'values') {
    throw new CoreCacheError('INVALID_ARGUMENT', `${path} is not named like a value file, such as 000014.values`);
  }
  yield { type: 'value file', fileNumber: name.number, bytes: await fileSystem.sizeOf(path) };
  let values = 0;
  let valueBytes = 0;
  for await (const { key, sequence, position, bytes, valueStart } of walkValueFile(fileSystem, path, name.number)) {
    const length = bytes.length - valueStart;
    values++;
    valueBytes += length;
    if (showEntries) yield { type: 'value', position, key: shownBytes(key), sequence, valueBytes: length };
  }
  yield { type: 'verified', values, valueBytes };
}
