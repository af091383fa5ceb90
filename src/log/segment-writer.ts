import { join } from 'node:path';
import { assert } from '../base/assert.js';
import { crc32 } from '../base/checksum.js';
import { messageOf } from '../base/errors.js';
import { segmentFile, temporaryFile } from '../base/file-names.js';
import type { FileNumber } from '../base/numbers.js';
import type { Environment } from '../env/environment.js';
import type { WritableFile } from '../env/file-system.js';
import { GROUP_HEADER_BYTES, writeGroupHeader } from './group-header.js';
import type { LogReach } from './log-reach.js';
import { encodeSegmentHeader, FORMAT_WITH_REACH, FORMAT_WITHOUT_REACH, SALT_BYTES } from './segment-header.js';
import { encodeReach } from './segment-reach.js';

/** Offsets have 32 bits in the format. */
const SEGMENT_BYTES_LIMIT = 2 ** 32;

/** Records carried over from the segment before: whole bodies of groups. */
export interface CarriedGroup {
  readonly body: Uint8Array;
  readonly recordCount: number;
}

/**
 * The segment at the end of the log.
 *
 * **Syncing ahead.** Where nobody asks for syncs, the one that ends the segment would find all of it to be done, and every
 * writer would wait for it. So from time to time what has been written is synced while writing goes on. When that fails,
 * the next call does, whichever it is: a sync that is tried again may report success for pages that were dropped.
 */
export class SegmentWriter {
  readonly number: FileNumber;
  readonly path: string;
  /** CRC-32 of the salt: how every group's checksum begins. */
  readonly seed: number;
  readonly #file: WritableFile;
  #syncedEnd: number;
  #ahead: Promise<void> | undefined = undefined;
  #aheadFailure: Error | undefined = undefined;

  private constructor(number: FileNumber, file: WritableFile, seed: number) {
    this.number = number;
    this.path = file.path;
    this.seed = seed;
    this.#syncedEnd = file.size;
    this.#file = file;
  }

  /**
   * Makes a segment. It is whole and synced, with what it carries, before it gets its name, and the name is synced before
   * this returns: so a segment is there as a whole or not at all, whenever the power is cut.
   * @param previousEnd how much of the segment before it stays in force; see `recovery.ts`
   * @param reach how far the history had got before it, what it carries not counted
   */
  static async create(
    { fileSystem, randomness }: Environment,
    directory: string,
    number: FileNumber,
    previousEnd: number,
    reach: LogReach,
    carried: Iterable<CarriedGroup> = [],
  ): Promise<SegmentWriter> {
    const path = join(directory, segmentFile(number));
    const temporaryPath = join(directory, temporaryFile(segmentFile(number)));
    const salt = randomness.bytes(SALT_BYTES);
    const seed = crc32(salt);
    const file = await fileSystem.openWriter(temporaryPath, 'create');
    try {
      const version = reach.size === 0 ? FORMAT_WITHOUT_REACH : FORMAT_WITH_REACH;
      await file.write([encodeSegmentHeader({ version, number, previousEnd, salt })]);
      if (version === FORMAT_WITH_REACH) await file.write([encodeReach(reach, salt)]);
      const start = file.size;
      for (const { body, recordCount } of carried) {
        const header = Buffer.alloc(GROUP_HEADER_BYTES);
        writeGroupHeader(header, seed, {
          offset: file.size,
          bodyLength: body.length,
          bodyChecksum: crc32(body),
          syncedEnd: start,
          recordCount,
        });
        await file.write([header, body]);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await fileSystem.rename(temporaryPath, path);
    await fileSystem.syncDirectory(directory);
    return new SegmentWriter(number, await fileSystem.openWriter(path, 'append'), seed);
  }

  get size(): number {
    return this.#file.size;
  }

  /** Everything before this offset is on the device. */
  get syncedEnd(): number {
    return this.#syncedEnd;
  }

  /** A sync that was begun ahead is under way: what is written now may have to wait for it. */
  get isSyncing(): boolean {
    return this.#ahead !== undefined;
  }

  /** @param group one, in pieces */
  async write(group: readonly Uint8Array[]): Promise<void> {
    this.#requireWritable(group);
    await this.#file.write(group);
  }

  writeSync(group: readonly Uint8Array[]): void {
    this.#requireWritable(group);
    this.#file.writeSync(group);
  }

  /** Begins to sync what is written, if that is so many bytes and not under way already. */
  syncAhead(bytesMin: number): void {
    if (this.#ahead !== undefined || this.size - this.#syncedEnd < bytesMin) return;
    const end = this.size;
    this.#ahead = this.#file
      .sync()
      .then(
        () => this.#synced(end),
        (error: unknown) => {
          this.#aheadFailure = error instanceof Error ? error : new Error(messageOf(error));
        },
      )
      .finally(() => (this.#ahead = undefined));
  }

  async sync(): Promise<void> {
    const end = this.size;
    await Promise.all([this.#ahead, this.#file.sync()]);
    this.#requireSound();
    this.#synced(end);
  }

  async close(): Promise<void> {
    await this.#ahead;
    await this.#file.close();
  }

  #synced(end: number): void {
    this.#syncedEnd = Math.max(this.#syncedEnd, end);
  }

  #requireSound(): void {
    if (this.#aheadFailure !== undefined) throw this.#aheadFailure;
  }

  #requireWritable(group: readonly Uint8Array[]): void {
    this.#requireSound();
    const end = group.reduce((sum, { length }) => sum + length, this.size);
    assert(end < SEGMENT_BYTES_LIMIT, 'a segment is shorter than 4 GiB');
  }
}
