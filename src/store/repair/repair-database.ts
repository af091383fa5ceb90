import { basename, join } from 'node:path';
import {
  CURRENT_FILE,
  IDENTITY_FILE,
  LOCK_FILE,
  LOG_DIRECTORY,
  partitionDirectory,
  temporaryFile,
} from '../../base/file-names.js';
import { CoreCacheError } from '../../base/errors.js';
import type { Environment } from '../../env/environment.js';
import { nodeEnvironment } from '../../env/node-environment.js';
import { beginLogAnew } from '../../log/repair/begin-log-anew.js';
import { commitTree, prepareTree } from '../../lsm/repair/repair-tree.js';
import { resolveOptions, type DatabaseOptions, type OpenOptions } from '../database-options.js';
import { takeLock, writeIdentity } from '../directory/database-directory.js';
import { ONLY_PARTITION } from '../directory/database-parts.js';
import { LostFiles } from './lost-files.js';
import type { RepairReport } from './repair-report.js';
import { surveyDatabase, type DatabaseSurvey } from './survey-database.js';

export type RepairOptions = OpenOptions & {
  /** Look and report, and change nothing. */
  readonly dryRun?: boolean;
};

/**
 * Makes a damaged database one that opens again, out of all that can still be read.
 *
 * **Nothing is destroyed.** What the result has no use for gets a second name in `lost/<n>/` (a hard link, so nothing is
 * copied) before anything is changed, and loses its first name last.
 *
 * **One step counts.** New tables are written beside the old ones. Then CURRENT is pointed to a new manifest: before that
 * the database is as damaged as it was, after it the tables are whole and hold all that the log had. What is left to do,
 * taking away what was set aside and beginning the log anew, changes nothing in what is stored; cut off there, a second
 * repair ends it.
 *
 * **A repaired database that lost something is another one**: it begins a new epoch, so that no version of a write that is
 * lost is ever given to a new one, and gets a new store UUID, so that nobody takes it for the replica that it was.
 */
export async function repairDatabase(
  directory: string,
  { dryRun = false, ...given }: RepairOptions,
): Promise<RepairReport> {
  const environment = given.environment ?? nodeEnvironment();
  const options = resolveOptions(given);
  const { fileSystem } = environment;
  if (!(await fileSystem.exists(directory))) {
    throw new CoreCacheError('NOT_A_DATABASE', `${directory} is not there`, { data: { directory } });
  }
  const isLockable = !dryRun || (await fileSystem.exists(join(directory, LOCK_FILE)));
  const lock = isLockable ? await takeLock(fileSystem, directory) : undefined;
  try {
    const survey = await surveyDatabase(environment, directory);
    const { found, losses, warnings } = survey;
    const report = { directory, dryRun, found, losses, warnings };
    if (found.length === 0) return { ...report, actions: [], setAside: [], lostDirectory: undefined };
    return { ...report, ...(await new Repair(environment, directory, options, survey).run(dryRun)) };
  } finally {
    await lock?.release();
  }
}

class Repair {
  readonly #environment: Environment;
  readonly #directory: string;
  readonly #options: DatabaseOptions;
  readonly #survey: DatabaseSurvey;
  readonly #actions: string[] = [];

  constructor(environment: Environment, directory: string, options: DatabaseOptions, survey: DatabaseSurvey) {
    this.#environment = environment;
    this.#directory = directory;
    this.#options = options;
    this.#survey = survey;
  }

  async run(dryRun: boolean): Promise<Pick<RepairReport, 'actions' | 'setAside' | 'lostDirectory'>> {
    const { fileSystem } = this.#environment;
    const { changesTree, absorbsLog, isIdentitySound, losses } = this.#survey;
    const lost = await LostFiles.begin(fileSystem, this.#directory);
    this.#describe();
    if (!dryRun) {
      if (changesTree) await this.#repairTree(lost);
      if (absorbsLog) await this.#beginLogAnew(lost);
      if (!isIdentitySound || losses.length > 0) await this.#writeIdentity(lost);
    }
    const lostDirectory = lost.names.length === 0 ? undefined : lost.path;
    return { actions: this.#actions, setAside: lost.names, lostDirectory };
  }

  #describe(): void {
    const { changesTree, absorbsLog, isIdentitySound, losses, tree } = this.#survey;
    if (changesTree) {
      this.#actions.push(
        tree.keepsLevels
          ? 'the tables stay where they are, and the manifest is written anew'
          : 'the tables are laid out anew, with a new manifest',
      );
    }
    if (tree.survey.badValueHeaders.size > 0) {
      this.#actions.push('value files in use whose headers are damaged are copied, with sound ones');
    }
    if (absorbsLog) {
      const count = tree.newer.length + tree.again.length;
      this.#actions.push(`${count} records of the log go into tables, and the log begins anew`);
    }
    if (!isIdentitySound || losses.length > 0) this.#actions.push('the database gets a new store UUID');
  }

  async #repairTree(lost: LostFiles): Promise<void> {
    const { fileSystem } = this.#environment;
    const { tree, absorbsLog, log } = this.#survey;
    const name = partitionDirectory(ONLY_PARTITION);
    const place = { fileSystem, directory: join(this.#directory, name), options: this.#options };
    await fileSystem.makeDirectory(place.directory);
    await fileSystem.syncDirectory(this.#directory);
    const lastEpoch = absorbsLog ? Math.max(tree.lastEpoch, log.reached?.epoch ?? 0) + 1 : tree.lastEpoch;
    const prepared = await prepareTree(place, tree, lastEpoch);
    const current = tree.survey.names.includes(CURRENT_FILE) ? [CURRENT_FILE] : [];
    await lost.keep(name, [...prepared.replaced, ...prepared.mended, ...current]);
    if (absorbsLog)
      await lost.keep(
        LOG_DIRECTORY,
        this.#survey.log.files.map((path) => basename(path)),
      );
    await commitTree(place, prepared);
    await lost.takeAway(name, prepared.replaced);
  }

  async #beginLogAnew(lost: LostFiles): Promise<void> {
    const { files } = this.#survey.log;
    await beginLogAnew(this.#environment, join(this.#directory, LOG_DIRECTORY), files);
    await lost.takeAway(
      LOG_DIRECTORY,
      files.map((path) => basename(path)),
    );
  }

  async #writeIdentity(lost: LostFiles): Promise<void> {
    const { fileSystem, randomness } = this.#environment;
    const path = join(this.#directory, IDENTITY_FILE);
    // Not under its temporary name, which would say that the database was never finished.
    const unfinished = temporaryFile(join(lost.path, IDENTITY_FILE));
    if (await fileSystem.exists(path)) await lost.keep('', [IDENTITY_FILE]);
    await lost.make();
    await writeIdentity(fileSystem, unfinished, randomness.uuid());
    await fileSystem.rename(unfinished, path);
    await fileSystem.syncDirectory(this.#directory);
  }
}
