import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants, deflateRawSync, inflateRawSync } from 'node:zlib';

/** A way to compress one block and to get it back. */
export interface BlockCodec {
  readonly name: string;
  compress(block: Uint8Array): Uint8Array;
  decompress(stored: Uint8Array, blockBytes: number): unknown;
}

type Require = (name: string) => unknown;

interface PlainPackage {
  compress(input: Uint8Array): Uint8Array;
  uncompress(input: Uint8Array): unknown;
  decompress(input: Uint8Array): unknown;
}

interface SyncPackage {
  compressSync(input: Uint8Array, options?: object): Uint8Array;
  uncompressSync(input: Uint8Array, options?: object): unknown;
}

interface ZstdWasm {
  init(): Promise<void>;
  compress(input: Uint8Array, level: number): Uint8Array;
  decompress(input: Uint8Array): unknown;
}

interface ZstdNative {
  readonly Encoder: new (level: number) => { encodeSync(input: Uint8Array): Uint8Array };
  readonly Decoder: new () => { decodeSync(input: Uint8Array): unknown };
}

const ownRequire = createRequire(import.meta.url);

/** Those that come with Node.js or are installed here. */
function codecsAtHand(): BlockCodec[] {
  return [
    snappy('snappy', ownRequire),
    deflate(1),
    deflate(6),
    {
      name: 'brotli, 4',
      compress: (block) => brotliCompressSync(block, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
      decompress: (stored) => brotliDecompressSync(stored),
    },
  ];
}

/** Those that were not chosen; what cannot be loaded is left out. */
const others: readonly ((require: Require) => BlockCodec | Promise<BlockCodec>)[] = [
  (require) => snappy('lz4-napi', require),
  (require) => plain('lz4-wasm-nodejs', require, 'decompress'),
  (require) => plain('snappyjs', require, 'uncompress'),
  async (require) => {
    const zstd = require('@bokuweb/zstd-wasm') as ZstdWasm;
    await zstd.init();
    return {
      name: '@bokuweb/zstd-wasm, 3',
      compress: (block) => zstd.compress(block, 3),
      decompress: (stored) => zstd.decompress(stored),
    };
  },
  (require) => {
    const { Encoder, Decoder } = require('@toondepauw/node-zstd') as ZstdNative;
    const [encoder, decoder] = [new Encoder(3), new Decoder()];
    return {
      name: '@toondepauw/node-zstd, 3',
      compress: (block) => encoder.encodeSync(block),
      decompress: (stored) => decoder.decodeSync(stored),
    };
  },
];

/** `directory` has the packages that were not chosen in its `node_modules`. */
export async function blockCodecs(directory: string | undefined): Promise<BlockCodec[]> {
  const codecs = codecsAtHand();
  if (directory === undefined) return codecs;
  const require = createRequire(join(resolve(directory), 'package.json'));
  for (const other of others) {
    try {
      codecs.push(await other(require));
    } catch (error) {
      console.error(error instanceof Error ? error.message.split('\n')[0] : error);
    }
  }
  return codecs;
}

/** Copied, as the database has it; the others know no such option. */
function snappy(name: string, require: Require): BlockCodec {
  const found = require(name) as SyncPackage;
  const options = name === 'snappy' ? [{ copyOutputData: true }] : [];
  return {
    name,
    compress: (block) => found.compressSync(block, ...options),
    decompress: (stored) => found.uncompressSync(stored, ...options),
  };
}

function deflate(level: number): BlockCodec {
  return {
    name: `deflate of Node.js, ${level}`,
    compress: (block) => deflateRawSync(block, { level, chunkSize: block.length }),
    decompress: (stored, blockBytes) => inflateRawSync(stored, { chunkSize: blockBytes + 1 }),
  };
}

function plain(name: string, require: Require, back: 'uncompress' | 'decompress'): BlockCodec {
  const found = require(name) as PlainPackage;
  return { name, compress: (block) => found.compress(block), decompress: (stored) => found[back](stored) };
}
