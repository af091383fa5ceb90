import { join } from 'node:path';
import { CoreCacheError } from '../../base/errors.js';
import { IDENTITY_FILE, LOG_DIRECTORY, partitionDirectory } from '../../base/file-names.js';
import { CommitLog } from '../../log/commit-log.js';
import { makeDirectoryDurably, writeIdentity } from './database-directory.js';
import type { DatabaseParts } from './database-parts.js';

/**
 * Makes a second database out of a running one.
 *
 *  1. Flush: what was acknowledged before the call is in tables then, whatever is written meanwhile.
 *  2. The tree links the tables of one version, which it holds meanwhile, and writes a manifest of its own.
 *  3. An empty log: all that the manifest covers is in tables. The next write follows its flushed sequence.
 *  4. IDENTITY comes last, when everything else is synced. A checkpoint that was cut off has none, and is refused when
 *     it is opened. There is no IDENTITY.tmp, for that would say "never used, begin anew": a half backup must not open as
 *     an empty database.
 *
 * The store UUID is a new one. The copy goes its own way from here; were it to carry the original's UUID and be put in
 * its place, replicas would count acknowledgements for it that the original had given.
 */
export async function writeCheckpoint({ environment, options, partition }: DatabaseParts, to: string): Promise<void> {
  const { fileSystem, randomness } = environment;
  if ((await fileSystem.exists(to)) && (await fileSystem.list(to)).length > 0) {
    throw new CoreCacheError('INVALID_ARGUMENT', `${to} is not empty; a checkpoint needs a new directory`, {
      data: { directory: to },
    });
  }
  await makeDirectoryDurably(fileSystem, to);
  await partition.tree.flush();
  await partition.tree.checkpoint(join(to, partitionDirectory(partition.id)));
  const log = await CommitLog.open({
    environment,
    directory: join(to, LOG_DIRECTORY),
    options: { segmentBytesMax: options.logSegmentBytesMax, syncIntervalMs: options.syncIntervalMs },
    onRecord: () => undefined,
    onPoisoned: () => undefined,
  });
  await log.close();
  await fileSystem.syncDirectory(to);
  await writeIdentity(fileSystem, join(to, IDENTITY_FILE), randomness.uuid());
  await fileSystem.syncDirectory(to);
}
