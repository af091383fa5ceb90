import type { Compression } from '../../tree-options.js';
import type { Codec } from './codec.js';
import { deflateCodec } from './deflate-codec.js';
import { snappyCodec } from './snappy-codec.js';

const codecs: readonly Codec[] = [snappyCodec, deflateCodec];

/** The codec for new blocks; `undefined` where they are stored as they are. */
export function codecFor(compression: Compression): Codec | undefined {
  return codecs.find((codec) => codec.compression === compression);
}

/** The codec of a block on disk. */
export function codecWithId(id: number): Codec | undefined {
  return codecs.find((codec) => codec.id === id);
}
