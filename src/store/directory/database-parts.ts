import { join } from 'node:path';
import { messageOf } from '../../base/errors.js';
import { LOG_DIRECTORY, partitionDirectory } from '../../base/file-names.js';
import { toPartitionId, toSequence, type PartitionId } from '../../base/numbers.js';
import type { Environment } from '../../env/environment.js';
import { nodeEnvironment } from '../../env/node-environment.js';
import { CommitLog } from '../../log/commit-log.js';
import { BlockCache } from '../../lsm/cache/block-cache.js';
import { Tree } from '../../lsm/tree/tree.js';
import { DatabaseDirectory } from './database-directory.js';
import { resolveOptions, type DatabaseOptions, type OpenOptions } from '../database-options.js';
import { Partition } from '../write/partition.js';
import { Recovery } from './recovery.js';

/** The partition that an embedded database consists of. */
export const ONLY_PARTITION: PartitionId = toPartitionId(0);

/** What a database is made of, in the order in which it is opened. */
export interface DatabaseParts {
  readonly environment: Environment;
  readonly options: DatabaseOptions;
  readonly directory: DatabaseDirectory;
  readonly blockCache: BlockCache;
  readonly log: CommitLog;
  readonly partition: Partition;
}

/**
 * Opens everything, bottom up: lock, tree, log, and the records that the tree has not flushed. The tree comes before the
 * log because both may find damage, and the log, by cutting its torn tail, is the first to change something that cannot
 * be made again. What was opened is closed again when a later step fails.
 */
export async function openParts(path: string, given: OpenOptions): Promise<DatabaseParts> {
  const environment = given.environment ?? nodeEnvironment();
  const options = resolveOptions(given);
  const directory = await DatabaseDirectory.open(environment, path, options);
  const opened: Closeable[] = [{ close: () => directory.release() }];
  try {
    const logger = environment.logger.child({ directory: path });
    const blockCache = new BlockCache(options.cacheBytesMax, options.mappedBytesMax);
    const mapObstacle = options.mappedBytesMax > 0 ? environment.fileSystem.mapObstacle : undefined;
    if (mapObstacle !== undefined) logger.warn('tables are not mapped into memory', { reason: mapObstacle });
    // Flushes and failures may be told before what they concern is there; it is then looked at below.
    let log: CommitLog | undefined = undefined;
    let partition: Partition | undefined = undefined;
    const tree = await Tree.open({
      environment,
      directory: join(path, partitionDirectory(ONLY_PARTITION)),
      options,
      background: options.background,
      blockCache,
      createIfMissing: directory.isNew,
      onFlushed: (flushedSequence) => log?.release(ONLY_PARTITION, toSequence(flushedSequence)),
      onFailure: (error) => logger.error('background work failed', { code: error.code, reason: error.message }),
    });
    opened.push(tree);
    const logDirectory = join(path, LOG_DIRECTORY);
    const recovery = new Recovery(ONLY_PARTITION, tree, logDirectory);
    log = await CommitLog.open({
      environment,
      directory: logDirectory,
      options: { segmentBytesMax: options.logSegmentBytesMax, syncIntervalMs: options.syncIntervalMs },
      onRecord: (record) => recovery.add(record),
      onReplayed: (reach) => recovery.check(reach),
      onPoisoned: (error) => partition?.fail(error),
    });
    opened.push(log);
    const recovered = await recovery.finish();
    log.release(ONLY_PARTITION, toSequence(tree.flushedSequence));
    partition = new Partition(ONLY_PARTITION, tree, log);
    if (directory.isNew) await directory.finishCreation();
    logger.info('database opened', { recovered, lastSequence: tree.lastSequence, epoch: tree.lastEpoch });
    return { environment, options, directory, blockCache, log, partition };
  } catch (error) {
    for (const failure of await closeAll(opened.reverse())) {
      environment.logger.error('closing after a failed opening failed', { reason: messageOf(failure) });
    }
    throw error;
  }
}

/** Syncs the log and closes everything, top down; goes on when a part fails, and throws the first failure. */
export async function closeParts(
  { directory, log, partition, blockCache, environment }: DatabaseParts,
  maintenanceEnded: () => Promise<unknown>,
): Promise<void> {
  const isLogWhole = partition.failure === undefined;
  const failures = await closeAll([
    { close: () => (isLogWhole ? log.sync() : Promise.resolve()) },
    partition.tree,
    blockCache,
    log,
    {
      close: async () => {
        await maintenanceEnded();
        await directory.release();
      },
    },
  ]);
  for (const failure of failures) environment.logger.error('closing failed', { reason: messageOf(failure) });
  if (failures.length > 0) throw failures[0];
}

interface Closeable {
  close(): Promise<void> | void;
}

async function closeAll(parts: readonly Closeable[]): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const part of parts) {
    try {
      await part.close();
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}
