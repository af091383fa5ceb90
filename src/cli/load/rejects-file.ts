import type { FileSystem, WritableFile } from '../../env/file-system.js';

/** Refused records, byte for byte as they stood in the input, to be mended and loaded again. */
export class RejectsFile {
  readonly #file: WritableFile;
  #waiting: Uint8Array[] = [];

  private constructor(file: WritableFile) {
    this.#file = file;
  }

  /** @param isResumed what an earlier run refused stays in the file; otherwise it is begun anew */
  static async open(
    fileSystem: FileSystem,
    path: string | undefined,
    isResumed: boolean,
  ): Promise<RejectsFile | undefined> {
    if (path === undefined) return undefined;
    if (!isResumed && (await fileSystem.exists(path))) await fileSystem.remove(path);
    return new RejectsFile(await fileSystem.openWriter(path, 'append'));
  }

  add(record: Uint8Array): void {
    this.#waiting.push(record);
    // Between stanzas stands a blank line; between lines it does no harm.
    if (record.indexOf(LINE_FEED) !== record.length - 1) this.#waiting.push(Uint8Array.of(LINE_FEED));
  }

  async flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) await this.#file.write(waiting);
  }

  async close(): Promise<void> {
    try {
      await this.flush();
      await this.#file.sync();
    } finally {
      await this.#file.close();
    }
  }
}

const LINE_FEED = 0x0a;
