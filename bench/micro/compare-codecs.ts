import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { sequenceOf } from '../engine/data-set.js';
import type { BlockCodec } from './block-codecs.js';

export interface CodecResult {
  readonly data: string;
  readonly blockBytes: number;
  readonly codec: string;
  /** Compressed to uncompressed. */
  readonly ratio: number;
  /** Of processor time, for one block. */
  readonly compressMicroseconds: number;
  readonly decompressMicroseconds: number;
}

export const blockSizes: readonly number[] = [4096, 16_384, 65_536];

/** The least of as many measurements: what disturbs only ever adds. */
const ROUNDS = 5;

/** Descriptions of Debian packages. @param file gzip */
export function packageStanzas(file: string): Buffer {
  return gunzipSync(readFileSync(file));
}

/** JSON documents of users, one a line, of which each has its own name, numbers and times. */
export function userDocuments(bytes: number): Buffer {
  const random = sequenceOf(7);
  const upTo = (below: number): number => random() % below;
  const cities = ['Berlin', 'Paris', 'Rome', 'Oslo'];
  const lines: string[] = [];
  for (let length = 0; length < bytes; length += lines.at(-1)!.length) {
    const document = {
      id: `user-${100_000 + lines.length}`,
      name: `Name ${upTo(5000)}`,
      email: `u${upTo(99_999)}@example.org`,
      created: new Date(1.6e12 + upTo(1e8) * 1000).toISOString(),
      active: upTo(2) === 1,
      balance: upTo(1e6) / 100,
      tags: ['alpha', 'beta', 'gamma', 'delta'].slice(0, upTo(4)),
      address: { street: `${upTo(300)} Main Street`, city: cities[upTo(4)], zip: String(10_000 + upTo(80_000)) },
    };
    lines.push(`${JSON.stringify(document)}\n`);
  }
  return Buffer.from(lines.join('')).subarray(0, bytes);
}

/** Every codec on every block of the data. @throws Error when a block does not come back as it was */
export function compareCodecs(
  codecs: readonly BlockCodec[],
  data: Readonly<Record<string, Uint8Array>>,
  repeats: number,
): CodecResult[] {
  const results: CodecResult[] = [];
  for (const [name, bytes] of Object.entries(data)) {
    for (const blockBytes of blockSizes) {
      const blocks = blocksOf(bytes, blockBytes);
      for (const codec of codecs) results.push({ data: name, blockBytes, ...measure(codec, blocks, repeats) });
    }
  }
  return results;
}

function measure(
  codec: BlockCodec,
  blocks: readonly Buffer[],
  repeats: number,
): Omit<CodecResult, 'data' | 'blockBytes'> {
  const stored = blocks.map((block) => Buffer.from(codec.compress(block)));
  const blockBytes = blocks[0]!.length;
  for (const [i, block] of blocks.entries()) {
    const back = codec.decompress(stored[i]!, blockBytes) as Uint8Array;
    if (Buffer.compare(new Uint8Array(back), block) !== 0) throw new Error(`${codec.name}: a block came back changed`);
  }
  const storedBytes = stored.reduce((sum, { length }) => sum + length, 0);
  return {
    codec: codec.name,
    ratio: storedBytes / (blocks.length * blockBytes),
    compressMicroseconds: leastTime(blocks, repeats, (block) => codec.compress(block)),
    decompressMicroseconds: leastTime(stored, repeats, (bytes) => codec.decompress(bytes, blockBytes)),
  };
}

function leastTime(items: readonly Buffer[], repeats: number, work: (item: Buffer) => unknown): number {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < repeats; i++) for (const item of items) work(item);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / (repeats * items.length));
  }
  return least;
}

function blocksOf(bytes: Uint8Array, blockBytes: number): Buffer[] {
  const count = Math.floor(bytes.length / blockBytes);
  return Array.from({ length: count }, (_, i) => Buffer.from(bytes.subarray(i * blockBytes, (i + 1) * blockBytes)));
}
