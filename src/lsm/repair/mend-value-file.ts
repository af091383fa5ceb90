import { temporaryFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import { VALUE_HEADER_BYTES, valueHeader } from '../value-file/value-format.js';

/** Of a value file, copied at a time. */
const COPY_BYTES = 1024 * 1024;

/**
 * Writes a value file anew, as it is but with a sound header, under its temporary name. Records do not need the header:
 * each knows its file and its place by its checksum.
 * @throws CoreCacheError of the file system; then the copy is gone
 */
export async function copyWithSoundHeader(fileSystem: FileSystem, path: string, fileNumber: FileNumber): Promise<void> {
  const copy = temporaryFile(path);
  // A repair that was cut off may have left one.
  if (await fileSystem.exists(copy)) await fileSystem.remove(copy);
  const from = await fileSystem.openReader(path);
  try {
    const to = await fileSystem.openWriter(copy, 'create');
    try {
      await to.write([valueHeader(fileNumber)]);
      for (let position = VALUE_HEADER_BYTES; position < from.size;) {
        const bytes = new Uint8Array(Math.min(COPY_BYTES, from.size - position));
        position += await from.read(bytes, position);
        await to.write([bytes]);
      }
      await to.sync();
    } catch (error) {
      await to.close();
      await fileSystem.remove(copy);
      throw error;
    }
    await to.close();
  } finally {
    await from.close();
  }
}
