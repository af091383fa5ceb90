import { PassThrough, pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CoreCacheError, messageOf } from '../../base/errors.js';
import type { FileSystem } from '../../env/file-system.js';

/** Standard input, as a name on the command line. */
export const STANDARD_INPUT = '-';

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/** Bytes to load, unpacked when they are gzip, and how far they were read. */
export class InputSource {
  readonly name: string;
  /** Size as stored, packed or not; `undefined` for a stream. */
  readonly size: number | undefined;
  /** Bytes as stored that were read so far. */
  bytesRead = 0;
  readonly #stored: AsyncIterable<Uint8Array>;

  constructor(name: string, size: number | undefined, stored: AsyncIterable<Uint8Array>) {
    this.name = name;
    this.size = size;
    this.#stored = stored;
  }

  static ofStream(stream: Readable): InputSource {
    return new InputSource('standard input', undefined, stream as AsyncIterable<Uint8Array>);
  }

  /** @throws CoreCacheError `IO` when it cannot be read */
  static async ofFile(fileSystem: FileSystem, path: string): Promise<InputSource> {
    return new InputSource(path, await fileSystem.sizeOf(path), fileChunks(fileSystem, path));
  }

  /** Once only. gzip is known by its first two bytes, with which no record of ours begins. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const counted = this.#counted();
    const first = await counted.next();
    if (first.done === true) return;
    const all = startingWith(first.value, counted);
    if (first.value[0] === GZIP_MAGIC[0] && first.value[1] === GZIP_MAGIC[1]) yield* this.#unpacked(all);
    else yield* all;
  }

  async *#counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#stored) {
      this.bytesRead += chunk.length;
      if (chunk.length > 0) yield chunk;
    }
  }

  async *#unpacked(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const unpacked = new PassThrough({ readableHighWaterMark: CHUNK_BYTES });
    // What fails on the way ends the last stream with the same error, and so the loop below.
    pipeline(Readable.from(packed), createGunzip({ chunkSize: CHUNK_BYTES }), unpacked, () => undefined);
    try {
      for await (const chunk of unpacked) yield chunk as Uint8Array;
    } catch (error) {
      throw new CoreCacheError('IO', `${this.name}: not whole gzip data: ${messageOf(error)}`, { cause: error });
    }
  }
}

async function* startingWith(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

async function* fileChunks(fileSystem: FileSystem, path: string): AsyncGenerator<Uint8Array> {
  const file = await fileSystem.openReader(path);
  try {
    for (let position = 0; ;) {
      const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const length = await file.read(chunk, position);
      if (length === 0) return;
      position += length;
      yield chunk.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}
