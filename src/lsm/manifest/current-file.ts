import { join } from 'node:path';
import { crc32 } from '../../base/checksum.js';
import { CoreCacheError, corruption } from '../../base/errors.js';
import { CURRENT_FILE, manifestFile, parseFileName, temporaryFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';

/**
 * CURRENT names the manifest in force, in one line of text: the name, a space, the CRC-32 of the name in eight
 * hexadecimal digits, a line feed.
 *
 *     MANIFEST-000003 cb3a2f10
 *
 * It is replaced whole: written under a temporary name, synced, renamed, and the directory synced. So it always names a
 * whole manifest: the old one before the rename, the new one after, whichever a power cut leaves.
 */
export async function writeCurrent(fileSystem: FileSystem, directory: string, manifest: FileNumber): Promise<void> {
  const path = join(directory, CURRENT_FILE);
  const temporary = join(directory, temporaryFile(CURRENT_FILE));
  if (await fileSystem.exists(temporary)) await fileSystem.remove(temporary);
  const file = await fileSystem.openWriter(temporary, 'create');
  try {
    await file.write([encodeCurrent(manifest)]);
    await file.sync();
  } finally {
    await file.close();
  }
  await fileSystem.rename(temporary, path);
  await fileSystem.syncDirectory(directory);
}

/** @throws CoreCacheError `CORRUPTION`, `NEWER_FORMAT` */
export async function readCurrent(fileSystem: FileSystem, directory: string): Promise<FileNumber> {
  const path = join(directory, CURRENT_FILE);
  const text = Buffer.from(await fileSystem.readFile(path)).toString('latin1');
  const line = /^([^ ]*) ([0-9a-f]{8})\n$/.exec(text);
  if (line === null) throw corruption(path, 0, 'is not one line with a name and a checksum');
  const [, name = '', checksum = ''] = line;
  if (checksumOf(name) !== checksum) throw corruption(path, 0, 'checksum is wrong');
  const parsed = parseFileName(name);
  if (parsed?.kind !== 'manifest') {
    throw new CoreCacheError('NEWER_FORMAT', `${path}: names ${name}, which this program does not know`, {
      data: { file: path },
    });
  }
  return parsed.number;
}

export function encodeCurrent(manifest: FileNumber): Uint8Array {
  const name = manifestFile(manifest);
  return Buffer.from(`${name} ${checksumOf(name)}\n`, 'latin1');
}

function checksumOf(name: string): string {
  return crc32(Buffer.from(name, 'latin1')).toString(16).padStart(8, '0');
}
