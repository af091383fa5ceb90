/**
 * The door to files. Every byte that CoreCache stores goes through these interfaces, so that a test can lose power at
 * any call (`CrashableFileSystem`) or fail any call (`FaultyFileSystem`).
 *
 * What an implementation promises, and what callers may rely on after a power cut:
 *  - bytes of a file survive only up to the last `sync` that returned;
 *  - a new, renamed or removed name survives only after `syncDirectory` of its directory returned;
 *  - `rename` replaces the target in one step.
 *
 * Operating errors are thrown as `CoreCacheError`: `DISK_FULL` for ENOSPC and EDQUOT, `IO` for the rest, with
 * `data.path`, `data.operation` and the system's own code in `data.systemCode` (`ENOENT` …). Forms ending in `Sync`
 * block the thread: they are for worker threads, for start-up, for calls that are synchronous themselves, and for reads
 * of a file that `answersAtOnce`.
 */
export interface FileSystem {
  /** Makes the directory and its parents; fine when it is there already. */
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory, sorted, without `.` and `..`. */
  list(directory: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  /** Size in bytes. */
  sizeOf(path: string): Promise<number>;
  readFile(path: string): Promise<Uint8Array>;
  readFileSync(path: string): Uint8Array;
  remove(path: string): Promise<void>;
  removeSync(path: string): void;
  /** Removes a directory and all in it; fine when it is not there. */
  removeTree(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  renameSync(from: string, to: string): void;
  /** A second name for the same file. Fails when `to` exists. */
  link(from: string, to: string): Promise<void>;
  syncDirectory(directory: string): Promise<void>;
  syncDirectorySync(directory: string): void;
  openReader(path: string): Promise<ReadableFile>;
  openReaderSync(path: string): ReadableFile;
  /** `create` fails when the file exists; `append` writes after what is there (and makes the file when it is not). */
  openWriter(path: string, mode: WriteMode): Promise<WritableFile>;
  openWriterSync(path: string, mode: WriteMode): WritableFile;
  /** Cuts the file to `size` bytes and syncs it. */
  truncate(path: string, size: number): Promise<void>;
  /** Bytes free for us on the device that holds `path`. */
  freeBytes(path: string): Promise<number>;
  /**
   * Takes the exclusive lock of `path` (the file is made when absent). The lock goes with the process, however it ends.
   * @throws CoreCacheError `LOCKED` when another opener, in this process or another, holds it
   */
  lock(path: string): Promise<FileLock>;
  /** Why no `ReadableFile` of it can be mapped; `undefined` when they can. */
  readonly mapObstacle: string | undefined;
}

export type WriteMode = 'create' | 'append';

export interface ReadableFile {
  readonly path: string;
  /** Size in bytes when it was opened. */
  readonly size: number;
  /**
   * The next read, of so many bytes, is likely to be answered by the page cache: `readSync` then costs less than
   * handing the read to a thread. Ask before each; and who reads much this way lets other work have its turn.
   */
  answersAtOnce(bytes: number): boolean;
  /** Fills `target` from `position`; returns the bytes read, fewer only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>;
  readSync(target: Uint8Array, position: number): number;
  /**
   * The whole file as memory, of which it has read all by then. `undefined` where that is not possible. The file may be
   * closed or removed meanwhile and afterwards; it must not be changed or cut.
   */
  map(): Promise<FileMapping | undefined>;
  close(): Promise<void>;
  closeSync(): void;
}

export interface FileMapping {
  /** Not to be written to. */
  readonly bytes: Uint8Array;
  /** Gives the system back what it takes of memory. Who looks at it again sees what is there now, and brings that in. */
  dropPages(): void;
  /** Gives the memory back. Nobody looks at it any more: what is seen there by who still does means nothing. */
  close(): void;
}

export interface WritableFile {
  readonly path: string;
  /** Size of the file in bytes: where the next write goes. */
  readonly size: number;
  /** Writes all of the buffers, in order, at the end. */
  write(buffers: readonly Uint8Array[]): Promise<void>;
  writeSync(buffers: readonly Uint8Array[]): void;
  /** Returns when all that was written is on the device (fdatasync). A failure is final: never call it again. */
  sync(): Promise<void>;
  syncSync(): void;
  close(): Promise<void>;
  closeSync(): void;
}

export interface FileLock {
  release(): Promise<void>;
}
