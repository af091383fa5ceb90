import { expect, it, vi } from 'vitest';
import { SnappyCodec, snappyCodec } from '../../../../src/lsm/sstable/codec/snappy-codec.js';

const absent = new SnappyCodec(() => {
  throw new Error("Cannot find module 'snappy'");
});

it('says which package is missing, and for what', () => {
  const missing = expect.objectContaining({
    code: 'CODEC_MISSING',
    data: { package: 'snappy' },
    message: expect.stringMatching(/"fast" needs the package snappy.*Cannot find module/) as string,
  }) as unknown;
  expect(() => {
    absent.load();
  }).toThrow(missing);
  expect(() => absent.compress(new Uint8Array(10))).toThrow(missing);
  expect(() => absent.decompress(snappyCodec.compress(new Uint8Array(10)))).toThrow(missing);
});

it('loads the package when it is first needed, once', () => {
  const load = vi.fn(() => ({ compressSync: (input: Uint8Array) => input, uncompressSync: () => new Uint8Array(1) }));
  const codec = new SnappyCodec(load);
  expect(load).not.toHaveBeenCalled();
  codec.compress(new Uint8Array(1));
  codec.decompress(new Uint8Array(1));
  expect(load).toHaveBeenCalledOnce();
});

it('makes blocks that begin with the length of their contents, as the Snappy format does', () => {
  expect([...snappyCodec.compress(new Uint8Array(300)).subarray(0, 2)]).toEqual([0xac, 0x02]);
});

it('holds no memory until the event loop comes round', () => {
  const block = Buffer.alloc(64 * 1024, 'some text, and a number: 12345\n');
  const stored = snappyCodec.compress(block);
  const before = process.memoryUsage().rss;
  // 2 GiB in blocks, both ways, in one turn.
  for (let i = 0; i < 16 * 1024; i++) snappyCodec.compress(snappyCodec.decompress(stored));
  expect(process.memoryUsage().rss - before).toBeLessThan(512 * 1024 * 1024);
});
