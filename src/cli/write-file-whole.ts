import { dirname } from 'node:path';
import type { FileSystem } from '../env/file-system.js';

/** Replaces the file in one step: whoever reads it sees all of the old or all of the new, also after a power cut. */
export async function writeFileWhole(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  if (await fileSystem.exists(temporary)) await fileSystem.remove(temporary);
  const file = await fileSystem.openWriter(temporary, 'create');
  try {
    await file.write([bytes]);
    await file.sync();
  } finally {
    await file.close();
  }
  await fileSystem.rename(temporary, path);
  await fileSystem.syncDirectory(dirname(path));
}
