import type { Compression } from '../../tree-options.js';

/**
 * One way to make the contents of a block smaller. Two rules hold for what every codec makes:
 *
 *  - It begins with the length of the contents as a varint, so that the reader knows what it is to get before it reserves
 *    memory for it. (The Snappy format has that of its own; other codecs put it in front.)
 *  - It stands alone: no dictionary, nothing of another block.
 */
export interface Codec {
  readonly compression: Exclude<Compression, 'none'>;
  /** Stored with every block that it made. On disk, so it never changes and is never given again. */
  readonly id: number;
  /** No byte of input gives more bytes than this: what says otherwise is damaged. A property of the format. */
  readonly expansionMax: number;
  /** Makes sure that it can be used on this machine. @throws CoreCacheError `CODEC_MISSING` when it cannot */
  load(): void;
  /** @throws CoreCacheError `CODEC_MISSING` */
  compress(contents: Uint8Array): Uint8Array;
  /**
   * The contents, in memory of their own.
   * @param stored what `compress` returned, or anything
   * @param start where the number ends that it begins with, and `contentBytes`, which is that number
   * @throws CoreCacheError `CODEC_MISSING`
   * @throws Error when `stored` cannot be what `compress` made of `contentBytes` bytes
   */
  decompress(stored: Uint8Array, start: number, contentBytes: number): Uint8Array;
}

/** The codec of a block that is stored as it is. */
export const CODEC_NONE = 0;
