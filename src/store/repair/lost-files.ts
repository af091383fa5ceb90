import { join } from 'node:path';
import { LOST_DIRECTORY } from '../../base/file-names.js';
import type { FileSystem } from '../../env/file-system.js';
import { makeDirectoryDurably } from '../directory/database-directory.js';

/** Where one repair puts what it takes out of use: `lost/<n>/`, with the names that the files had in the database. */
export class LostFiles {
  /** Made with the first file. */
  readonly path: string;
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #names: string[] = [];

  private constructor(fileSystem: FileSystem, directory: string, path: string) {
    this.path = path;
    this.#fileSystem = fileSystem;
    this.#directory = directory;
  }

  static async begin(fileSystem: FileSystem, directory: string): Promise<LostFiles> {
    const lost = join(directory, LOST_DIRECTORY);
    const earlier = (await fileSystem.exists(lost)) ? (await fileSystem.list(lost)).map(Number) : [];
    const number = 1 + earlier.filter(Number.isSafeInteger).reduce((highest, one) => Math.max(highest, one), 0);
    return new LostFiles(fileSystem, directory, join(lost, String(number)));
  }

  /** Below the database's directory. */
  get names(): readonly string[] {
    return this.#names;
  }

  async make(): Promise<void> {
    await makeDirectoryDurably(this.#fileSystem, this.path);
  }

  /** Gives files of a folder of the database a second name here, durably. */
  async keep(folder: string, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const to = join(this.path, folder);
    await makeDirectoryDurably(this.#fileSystem, to);
    for (const name of names) {
      await this.#fileSystem.link(join(this.#directory, folder, name), join(to, name));
      this.#names.push(join(folder, name));
    }
    await this.#fileSystem.syncDirectory(to);
  }

  /**
   * Takes away the first names of files that are kept here, each on the device before the next: a power cut leaves the last
   * of them, and so never a log with a gap.
   */
  async takeAway(folder: string, names: readonly string[]): Promise<void> {
    const from = join(this.#directory, folder);
    for (const name of names) {
      await this.#fileSystem.remove(join(from, name));
      await this.#fileSystem.syncDirectory(from);
    }
  }
}
