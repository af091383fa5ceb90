import { join } from 'node:path';
import { assert } from '../../base/assert.js';
import { CoreCacheError, corruption, messageOf } from '../../base/errors.js';
import { manifestFile } from '../../base/file-names.js';
import { toFileNumber, type FileNumber } from '../../base/numbers.js';
import type { FileSystem, WritableFile } from '../../env/file-system.js';
import { readCurrent, writeCurrent } from './current-file.js';
import { encodeManifestHeader, encodeManifestRecord, MANIFEST_HEADER_BYTES } from './manifest-record.js';
import { readManifest } from './manifest-reader.js';
import { encodeEdit, type VersionEdit } from './version-edit.js';
import { Version } from './version.js';

/** A manifest is rewritten when its edits outgrow this, and four times what it began with. */
export const MANIFEST_REWRITE_BYTES = 1024 * 1024;
const REWRITE_GROWTH = 4;

/**
 * The log of which tables exist. Its last version is the truth about the directory: a table that is not in it does not
 * exist, whatever files there are.
 *
 * **Order on disk.** A table's files are whole, synced and under their final names before an edit names them; an edit is
 * synced before the version it makes is installed and so before anything relies on it; files are removed only after the
 * edit that drops them is synced. So at any power cut, every table of the version that is read back is whole: the files
 * that may be missing are named by no edit, and the files too many are swept at the next opening.
 *
 * **One at a time.** Edits of a flush and of a compaction may come together. They queue, and each is applied to the
 * version that the one before it made. `install` is called in the queue's order, after the sync: what readers see never
 * goes back, and never runs ahead of the disk.
 *
 * **A rewrite** puts the version as one edit into a manifest with a new number, syncs it, points CURRENT to it and only
 * then removes the old one. A reader of CURRENT finds one or the other, both whole.
 *
 * **A bad tail** is never appended to and never cut: the first commit rewrites instead. Until then nothing has changed on
 * disk, which matters if the tail was not torn by power but damaged: what the lost edit named (a table that would look
 * like a leftover) is still there for whoever repairs it. `hasTornTail` asks the tree for the same restraint.
 *
 * **What the log relies on is not the last record.** By a flush's edit the log lets go of records that are nowhere
 * else. Were that edit the last record and damaged later, it would pass for torn, and the tree would open without them
 * and say nothing. So a record that changes nothing follows it, before anybody is told: a bad record that another
 * follows is damage. The edit of a compaction needs none: when it is passed over, tables are named that have been
 * removed, or that are there.
 *
 * **A failed write poisons.** After it nobody knows whether the edit is on disk; writing the next one behind it could
 * give a manifest with a hole. Rewriting at once was considered, as it would be safe; but whatever made the write fail
 * (a full disk, a dying one) is most likely to fail the rewrite too, and reopening does the same with everything
 * checked.
 */
export class Manifest {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #rewriteBytes: number;
  #version: Version;
  #number: FileNumber;
  /** Absent until the first commit after opening. */
  #file: WritableFile | undefined = undefined;
  /** Size of the manifest, and of its header and first edit. */
  #bytes: number;
  #bytesAtStart: number;
  #edits: number;
  #rewrites = 0;
  #mustRewrite: boolean;
  #nextFileNumber: number;
  #failure: CoreCacheError | undefined = undefined;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    { fileSystem, directory, rewriteBytes = MANIFEST_REWRITE_BYTES }: ManifestPlace,
    number: FileNumber,
    version: Version,
    read: { bytes: number; edits: number; mustRewrite: boolean },
  ) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#rewriteBytes = rewriteBytes;
    this.#number = number;
    this.#version = version;
    this.#bytes = read.bytes;
    this.#bytesAtStart = read.edits === 1 ? read.bytes : 0;
    this.#edits = read.edits;
    this.#mustRewrite = read.mustRewrite;
    this.#nextFileNumber = version.nextFileNumber;
  }

  /** Makes the first manifest, with `version` in it, and CURRENT. The caller syncs the directory's own name. */
  static async create(place: ManifestPlace, version = Version.empty): Promise<Manifest> {
    const number = version.nextFileNumber;
    const manifest = new Manifest(place, toFileNumber(number), version, { bytes: 0, edits: 0, mustRewrite: true });
    await manifest.#rewrite(version);
    manifest.#rewrites = 0;
    return manifest;
  }

  /** @throws CoreCacheError `CORRUPTION`, `NEWER_FORMAT`; nothing has been changed */
  static async open(place: ManifestPlace): Promise<Manifest> {
    const number = await readCurrent(place.fileSystem, place.directory);
    const path = join(place.directory, manifestFile(number));
    if (!(await place.fileSystem.exists(path))) throw corruption(path, undefined, 'is missing, and CURRENT names it');
    const bytes = await place.fileSystem.readFile(path);
    const { version, editCount, hasTornTail } = readManifest(bytes, number, path);
    return new Manifest(place, number, version, { bytes: bytes.length, edits: editCount, mustRewrite: hasTornTail });
  }

  get version(): Version {
    return this.#version;
  }

  get number(): FileNumber {
    return this.#number;
  }

  /** The end of the manifest is not valid: until the first commit, remove nothing because the manifest does not name it. */
  get hasTornTail(): boolean {
    return this.#mustRewrite;
  }

  /** `POISONED`, for good, after a failed commit. */
  get failure(): CoreCacheError | undefined {
    return this.#failure;
  }

  get stats(): { readonly bytes: number; readonly edits: number; readonly rewrites: number } {
    return { bytes: this.#bytes, edits: this.#edits, rewrites: this.#rewrites };
  }

  /** Numbers that no other file has or will have: `count` of them, from the one returned. */
  allocate(count = 1): FileNumber {
    const first = this.#nextFileNumber;
    this.#nextFileNumber += count;
    return toFileNumber(first);
  }

  /** Numbers up to `used` are taken by files that a crash left behind. */
  skipFileNumbers(used: number): void {
    this.#nextFileNumber = Math.max(this.#nextFileNumber, used + 1);
  }

  /**
   * Writes the edit, syncs it, and then calls `install` with the version it makes.
   * @throws CoreCacheError `POISONED` when this commit or an earlier one failed to write
   */
  commit(edit: VersionEdit, install: (version: Version) => void): Promise<void> {
    const done = this.#queue.then(() => this.#commit(edit, install));
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Waits for commits under way. Takes no more after it. */
  async close(): Promise<void> {
    await this.#queue;
    const file = this.#file;
    this.#file = undefined;
    this.#failure ??= new CoreCacheError('CLOSED', `${this.#directory}: the tree is closed`);
    await file?.close();
  }

  async #commit(edit: VersionEdit, install: (version: Version) => void): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const stamped = { ...edit, nextFileNumber: this.#nextFileNumber };
    const next = this.#version.apply(stamped);
    try {
      if (this.#mustRewrite || this.#bytes > Math.max(this.#rewriteBytes, REWRITE_GROWTH * this.#bytesAtStart)) {
        await this.#rewrite(next);
      } else {
        await this.#append(stamped);
      }
    } catch (error) {
      throw this.#poison(error);
    }
    this.#version = next;
    install(next);
  }

  async #append(edit: VersionEdit): Promise<void> {
    this.#file ??= await this.#fileSystem.openWriter(this.#path(this.#number), 'append');
    await this.#appendRecord(this.#file, edit);
    if (edit.flushedSequence !== undefined) await this.#appendRecord(this.#file, NO_CHANGE);
  }

  async #appendRecord(file: WritableFile, edit: VersionEdit): Promise<void> {
    const record = encodeManifestRecord(encodeEdit(edit), this.#number, this.#bytes);
    assert(file.size === this.#bytes, 'the manifest is as long as we know it to be');
    await file.write([record]);
    await file.sync();
    this.#bytes += record.length;
    this.#edits++;
  }

  async #rewrite(version: Version): Promise<void> {
    const isFirst = this.#edits === 0;
    const old = this.#number;
    const number = this.allocate();
    const edit = encodeEdit({ ...version.asEdit(), nextFileNumber: this.#nextFileNumber });
    const record = encodeManifestRecord(edit, number, MANIFEST_HEADER_BYTES);
    const file = await this.#fileSystem.openWriter(this.#path(number), 'create');
    try {
      await file.write([encodeManifestHeader(), record]);
      await file.sync();
      await this.#fileSystem.syncDirectory(this.#directory);
      await writeCurrent(this.#fileSystem, this.#directory, number);
    } catch (error) {
      await file.close();
      throw error;
    }
    const oldFile = this.#file;
    this.#file = file;
    this.#number = number;
    this.#bytes = this.#bytesAtStart = file.size;
    this.#edits = 1;
    this.#rewrites++;
    this.#mustRewrite = false;
    await oldFile?.close();
    if (!isFirst) await this.#fileSystem.remove(this.#path(old));
  }

  #poison(error: unknown): CoreCacheError {
    this.#failure = new CoreCacheError(
      'POISONED',
      `${this.#path(this.#number)}: a write failed, open the database anew: ${messageOf(error)}`,
      { data: { file: this.#path(this.#number) }, cause: error },
    );
    return this.#failure;
  }

  #path(number: FileNumber): string {
    return join(this.#directory, manifestFile(number));
  }
}

const NO_CHANGE: VersionEdit = { removed: [], added: [] };

export interface ManifestPlace {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** `MANIFEST_REWRITE_BYTES` unless a test wants it smaller. */
  readonly rewriteBytes?: number;
}
