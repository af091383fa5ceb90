import { dirname, join, resolve } from 'node:path';
import { CoreCacheError, corruption, isCoreCacheError } from '../../base/errors.js';
import {
  IDENTITY_FILE,
  LOCK_FILE,
  LOG_DIRECTORY,
  LOST_DIRECTORY,
  parseFileName,
  temporaryFile,
} from '../../base/file-names.js';
import type { Environment } from '../../env/environment.js';
import type { FileLock, FileSystem } from '../../env/file-system.js';
import type { DatabaseOptions } from '../database-options.js';
import { decodeIdentity, encodeIdentity } from './directory-identity.js';

/**
 * The directory of a database: taken, recognised, and made.
 *
 * **What a directory is** is decided by looking only, before anything in it is touched, the lock file included:
 *
 *  - IDENTITY is there: a database. A damaged or newer identity ends the opening.
 *  - IDENTITY.tmp, and otherwise only names that a database has: its making was cut off. Nothing was ever written by a
 *    user, for `open` had not returned: it is cleared and made anew.
 *  - nothing but LOCK, NODE, lost and hidden files: empty; it may be made a database.
 *  - a log or a partition without IDENTITY: a database that lost its identity, or a checkpoint that was not finished.
 *    That is damage, never a reason to begin with an empty database.
 *  - any other name: not ours.
 *
 * The look is repeated under the lock, because another process may have made the database meanwhile.
 *
 * **Making one** writes IDENTITY.tmp first and renames it last, after the tree and the log have made and synced theirs.
 * So a directory with an IDENTITY always has a manifest and a log segment, and if one is missing, it was lost.
 */
export class DatabaseDirectory {
  readonly path: string;
  readonly storeUuid: string;
  /** True until `finishCreation`: the tree and the log are to be made. */
  readonly isNew: boolean;
  readonly #fileSystem: FileSystem;
  readonly #lock: FileLock;

  private constructor(path: string, storeUuid: string, isNew: boolean, fileSystem: FileSystem, lock: FileLock) {
    this.path = path;
    this.storeUuid = storeUuid;
    this.isNew = isNew;
    this.#fileSystem = fileSystem;
    this.#lock = lock;
  }

  /**
   * Recognises the directory and takes its lock.
   * @throws CoreCacheError `NOT_A_DATABASE`, `CONFLICT` (see `errorIfExists`), `NEWER_FORMAT`, `CORRUPTION`, `LOCKED`, or
   *   what the file system says
   */
  static async open(
    { fileSystem, randomness }: Environment,
    path: string,
    { createIfMissing, errorIfExists }: Pick<DatabaseOptions, 'createIfMissing' | 'errorIfExists'>,
  ): Promise<DatabaseDirectory> {
    const isThere = await fileSystem.exists(path);
    if (!isThere && !createIfMissing) throw notADatabase(path, 'does not exist');
    if (isThere) await recognise(fileSystem, path, createIfMissing);
    else await makeDirectoryDurably(fileSystem, path);

    const lock = await takeLock(fileSystem, path);
    try {
      const kind = await recognise(fileSystem, path, createIfMissing);
      if (kind === 'database') {
        if (errorIfExists) throw existsAlready(path);
        const { storeUuid } = await readIdentity(fileSystem, path);
        await requireLog(fileSystem, path);
        return new DatabaseDirectory(path, storeUuid, false, fileSystem, lock);
      }
      await clearInterruptedCreation(fileSystem, path);
      const storeUuid = randomness.uuid();
      await writeIdentity(fileSystem, join(path, temporaryFile(IDENTITY_FILE)), storeUuid);
      await fileSystem.syncDirectory(path);
      return new DatabaseDirectory(path, storeUuid, true, fileSystem, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The tree and the log are on the device: the directory becomes a database in one step. */
  async finishCreation(): Promise<void> {
    const identity = join(this.path, IDENTITY_FILE);
    await this.#fileSystem.syncDirectory(this.path);
    await this.#fileSystem.rename(join(this.path, temporaryFile(IDENTITY_FILE)), identity);
    await this.#fileSystem.syncDirectory(this.path);
  }

  async release(): Promise<void> {
    await this.#lock.release();
  }
}

/** Makes the directory and what is missing above it, and syncs each name that is new. */
export async function makeDirectoryDurably(fileSystem: FileSystem, path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await fileSystem.exists(at)); at = dirname(at)) missing.push(at);
  await fileSystem.makeDirectory(path);
  for (const made of missing.reverse()) await fileSystem.syncDirectory(dirname(made));
}

/** Writes an identity file and syncs it; the caller syncs the directory. */
export async function writeIdentity(fileSystem: FileSystem, path: string, storeUuid: string): Promise<void> {
  const file = await fileSystem.openWriter(path, 'create');
  try {
    await file.write([encodeIdentity({ storeUuid })]);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function recognise(
  fileSystem: FileSystem,
  path: string,
  createIfMissing: boolean,
): Promise<'database' | 'to be made'> {
  const names = await fileSystem.list(path);
  if (names.includes(IDENTITY_FILE)) {
    await readIdentity(fileSystem, path);
    return 'database';
  }
  const isUnfinished = names.includes(temporaryFile(IDENTITY_FILE));
  const foreign = names.find((name) => roleOf(name) === 'foreign');
  const part = names.find((name) => roleOf(name) === 'part');
  if (foreign !== undefined) throw notADatabase(path, `holds ${foreign}, and no ${IDENTITY_FILE}`);
  if (part !== undefined && !isUnfinished) {
    throw corruption(join(path, IDENTITY_FILE), undefined, `is missing, while ${part} is there`);
  }
  if (!createIfMissing) throw notADatabase(path, `holds no ${IDENTITY_FILE}`);
  return 'to be made';
}

/** What a name in a directory without identity speaks for: a part of a database, something else, or neither. */
function roleOf(name: string): 'part' | 'foreign' | 'neither' {
  if (name === LOG_DIRECTORY) return 'part';
  // Hidden files, and what a fresh file system brings.
  if (name.startsWith('.') || name === 'lost+found' || name === LOST_DIRECTORY) return 'neither';
  const parsed = parseFileName(name);
  const kind = parsed?.kind === 'temporary' ? parseFileName(parsed.of)?.kind : parsed?.kind;
  if (kind === 'partition') return 'part';
  return kind === 'lock' || kind === 'identity' || kind === 'node' ? 'neither' : 'foreign';
}

async function readIdentity(fileSystem: FileSystem, path: string): Promise<{ storeUuid: string }> {
  const file = join(path, IDENTITY_FILE);
  return decodeIdentity(await fileSystem.readFile(file), file);
}

/** A segment was there when the identity was written; a log without any would begin anew, empty. The tree sees to itself. */
async function requireLog(fileSystem: FileSystem, path: string): Promise<void> {
  const log = join(path, LOG_DIRECTORY);
  const names = (await fileSystem.exists(log)) ? await fileSystem.list(log) : [];
  if (!names.some((name) => parseFileName(name)?.kind === 'segment')) {
    throw corruption(log, undefined, 'holds no log segment');
  }
}

/** IDENTITY.tmp goes last, when the device knows that the rest is gone: what is left is recognised at every moment. */
async function clearInterruptedCreation(fileSystem: FileSystem, path: string): Promise<void> {
  const unfinished = temporaryFile(IDENTITY_FILE);
  const names = await fileSystem.list(path);
  for (const name of names) if (roleOf(name) === 'part') await fileSystem.removeTree(join(path, name));
  await fileSystem.syncDirectory(path);
  if (names.includes(unfinished)) await fileSystem.remove(join(path, unfinished));
}

/** @throws CoreCacheError `LOCKED` */
export async function takeLock(fileSystem: FileSystem, path: string): Promise<FileLock> {
  try {
    return await fileSystem.lock(join(path, LOCK_FILE));
  } catch (error) {
    if (!isCoreCacheError(error, 'LOCKED')) throw error;
    throw new CoreCacheError('LOCKED', `${path} is open already, in this process or another`, {
      data: { directory: path },
      cause: error,
    });
  }
}

function existsAlready(path: string): CoreCacheError {
  return new CoreCacheError('CONFLICT', `a CoreCache database exists in ${path} already`, {
    data: { directory: path },
  });
}

function notADatabase(path: string, why: string): CoreCacheError {
  return new CoreCacheError('NOT_A_DATABASE', `${path} is not a CoreCache database: it ${why}`, {
    data: { directory: path },
  });
}
