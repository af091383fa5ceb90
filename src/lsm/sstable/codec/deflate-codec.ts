import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { VARINT_BYTES_MAX, writeVarint } from '../../../base/varint.js';
import type { Codec } from './codec.js';

/** zlib's own choice. Lower levels save little time on blocks, and higher ones hardly any space. */
const LEVEL = 6;
/** The least that zlib accepts as a piece of its output. */
const CHUNK_BYTES_MIN = 64;

/** Raw DEFLATE (RFC 1951) by Node's own zlib: no package, and on blocks as small as zstd. */
class DeflateCodec implements Codec {
  readonly compression = 'small';
  readonly id = 2;
  /** 258 bytes take two bits at the least. */
  readonly expansionMax = 1032;

  load(): void {
    // Part of Node.js.
  }

  compress(contents: Uint8Array): Uint8Array {
    const deflated = deflateRawSync(contents, { level: LEVEL, chunkSize: Math.max(contents.length, CHUNK_BYTES_MIN) });
    const stored = Buffer.allocUnsafe(VARINT_BYTES_MAX + deflated.length);
    const start = writeVarint(stored, 0, contents.length);
    stored.set(deflated, start);
    return stored.subarray(0, start + deflated.length);
  }

  decompress(stored: Uint8Array, start: number, contentBytes: number): Uint8Array {
    // A piece one byte larger than what is expected: else zlib would reserve a second one to learn that there is no more.
    const chunkSize = Math.max(contentBytes + 1, CHUNK_BYTES_MIN);
    const inflated = inflateRawSync(stored.subarray(start), { chunkSize, maxOutputLength: contentBytes });
    // Copied, for a small piece is cut out of Node's buffer pool and would keep the whole of it in memory.
    return new Uint8Array(inflated);
  }
}

export const deflateCodec: Codec = new DeflateCodec();
