import { basename } from 'node:path';
import { CoreCacheError } from '../../base/errors.js';
import { parseFileName } from '../../base/file-names.js';
import type { FileSystem } from '../../env/file-system.js';
import { readEdits } from '../../lsm/manifest/manifest-reader.js';
import { shownBytes, type Finding } from './finding.js';

/**
 * A manifest, edit by edit, and the tables and value files that each adds and removes.
 * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`; `INVALID_ARGUMENT` for another file
 */
export async function* inspectManifest(fileSystem: FileSystem, path: string): AsyncGenerator<Finding> {
  const name = parseFileName(basename(path));
  // The number is part of every checksum in it.
  if (name?.kind !== 'manifest') {
    throw new CoreCacheError('INVALID_ARGUMENT', `${path} is not named like a manifest, such as MANIFEST-000003`);
  }
  const bytes = await fileSystem.readFile(path);
  let validBytes = 0;
  for (const { edit, offset, end } of readEdits(bytes, name.number, path)) {
    const { flushedSequence, lastEpoch, nextFileNumber, added, removed } = edit;
    yield { type: 'edit', offset, flushedSequence, lastEpoch, nextFileNumber };
    for (const { level, fileNumber } of removed) yield { type: '  remove', level, fileNumber };
    for (const { fileNumber, bytes, valueCount } of edit.valueFiles ?? []) {
      yield { type: '  add values', fileNumber, bytes, valueCount };
    }
    for (const { level, table } of added) {
      const { decay, valueUses, ...rest } = table;
      yield {
        type: '  add',
        level,
        ...rest,
        ...decay,
        firstKey: shownBytes(table.firstKey),
        lastKey: shownBytes(table.lastKey),
      };
      for (const { fileNumber, bytes, valueCount } of valueUses ?? []) {
        yield { type: '    refers to', fileNumber, bytes, valueCount };
      }
    }
    validBytes = end;
  }
  if (validBytes < bytes.length) {
    yield { type: 'tail', offset: validBytes, what: `${bytes.length - validBytes} bytes are no whole record` };
  }
}
