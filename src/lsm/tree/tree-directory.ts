import { dirname, join } from 'node:path';
import { corruption } from '../../base/errors.js';
import { CURRENT_FILE, dataFile, indexFile, parseFileName, valueFile } from '../../base/file-names.js';
import type { FileSystem } from '../../env/file-system.js';
import type { Logger } from '../../env/logger.js';
import { Manifest } from '../manifest/manifest.js';
import type { Version } from '../manifest/version.js';

/**
 * Opens the manifest of a directory, or makes the first one, and sweeps what a crash has left.
 *
 * Everything that can be wrong is looked for before anything is changed. Removed are only names that a tree gives, and
 * only what the manifest does not name; while the manifest's own end is in doubt, nothing (see `Manifest`).
 *
 * @throws CoreCacheError `CORRUPTION` (also when a table or value file is missing), `NEWER_FORMAT`; nothing has been
 * changed
 */
export async function openTreeDirectory(
  fileSystem: FileSystem,
  directory: string,
  createIfMissing: boolean,
  logger: Logger,
): Promise<Manifest> {
  const names = (await fileSystem.exists(directory)) ? await fileSystem.list(directory) : [];
  if (!names.includes(CURRENT_FILE)) {
    if (!createIfMissing || names.some(isStored)) {
      throw corruption(join(directory, CURRENT_FILE), undefined, 'is missing');
    }
    return createTree(fileSystem, directory, names);
  }
  const manifest = await Manifest.open({ fileSystem, directory });
  requireFiles(manifest, directory, new Set(names));
  for (const name of names) {
    const parsed = parseFileName(name);
    // Of a temporary file too: it may have to stay, and then its number must not be given again.
    const numbered = parsed?.kind === 'temporary' ? parseFileName(parsed.of) : parsed;
    if (numbered !== undefined && 'number' in numbered) manifest.skipFileNumbers(numbered.number);
  }
  if (manifest.hasTornTail) {
    logger.warn('the manifest ends in a record that was cut off; it is passed over', { directory });
  } else {
    for (const name of leftovers(manifest, names)) {
      logger.info('removing what a crash left behind', { directory, name });
      await fileSystem.remove(join(directory, name));
    }
  }
  return manifest;
}

/** A making that was cut off has no CURRENT, and nothing was ever stored in it. */
async function createTree(fileSystem: FileSystem, directory: string, names: readonly string[]): Promise<Manifest> {
  await fileSystem.makeDirectory(directory);
  for (const name of names) if (isTreeFile(name)) await fileSystem.remove(join(directory, name));
  const manifest = await Manifest.create({ fileSystem, directory });
  await fileSystem.syncDirectory(dirname(directory));
  return manifest;
}

function requireFiles({ version }: Manifest, directory: string, names: ReadonlySet<string>): void {
  for (const name of namesOf(version)) {
    if (!names.has(name)) throw corruption(join(directory, name), undefined, 'is missing, and the manifest names it');
  }
}

/** Of tables and value files. */
function namesOf(version: Version): string[] {
  return [
    ...version.tables().flatMap(({ fileNumber }) => [dataFile(fileNumber), indexFile(fileNumber)]),
    ...version.valueFiles.map(({ fileNumber }) => valueFile(fileNumber)),
  ];
}

function leftovers(manifest: Manifest, names: readonly string[]): string[] {
  const named = new Set(namesOf(manifest.version));
  return names.filter((name) => {
    const parsed = parseFileName(name);
    if (isStored(name)) return !named.has(name);
    if (parsed?.kind === 'manifest') return parsed.number !== manifest.number;
    return parsed?.kind === 'temporary' && isTreeFile(parsed.of);
  });
}

function isStored(name: string): boolean {
  const kind = parseFileName(name)?.kind;
  return kind === 'data' || kind === 'index' || kind === 'values';
}

function isTreeFile(name: string): boolean {
  const parsed = parseFileName(name);
  if (parsed?.kind === 'temporary') return isTreeFile(parsed.of);
  return isStored(name) || parsed?.kind === 'manifest' || parsed?.kind === 'current';
}
