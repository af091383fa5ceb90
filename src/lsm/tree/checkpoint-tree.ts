import { dirname, join } from 'node:path';
import { dataFile, indexFile, valueFile } from '../../base/file-names.js';
import type { FileSystem } from '../../env/file-system.js';
import type { LiveVersion } from './live-version.js';
import { Manifest } from '../manifest/manifest.js';

/**
 * Makes a tree in `to` out of a version, which the caller holds meanwhile: its tables and value files under second
 * names (hard links, so nothing is copied), and a manifest of its own. CURRENT comes last, so a checkpoint that was cut
 * off has none.
 *
 * @throws CoreCacheError `IO` when `to` is on another device or holds a table already, `DISK_FULL`
 */
export async function checkpointTree(
  fileSystem: FileSystem,
  from: string,
  live: LiveVersion,
  to: string,
): Promise<void> {
  await fileSystem.makeDirectory(to);
  for (const { fileNumber } of live.valueFiles) {
    await fileSystem.link(join(from, valueFile(fileNumber)), join(to, valueFile(fileNumber)));
  }
  for (const { fileNumber } of live.version.tables()) {
    for (const name of [dataFile(fileNumber), indexFile(fileNumber)]) {
      await fileSystem.link(join(from, name), join(to, name));
    }
  }
  await fileSystem.syncDirectory(to);
  const manifest = await Manifest.create({ fileSystem, directory: to }, live.version);
  await manifest.close();
  await fileSystem.syncDirectory(dirname(to));
}
