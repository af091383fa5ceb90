import { describe, expect, it } from 'vitest';
import { blockCodecs } from '../../bench/micro/block-codecs.js';
import { blockSizes, compareCodecs, packageStanzas, userDocuments } from '../../bench/micro/compare-codecs.js';

describe('the comparison of codecs', () => {
  it('compresses blocks of real data with each, and gets every one back', async () => {
    const codecs = await blockCodecs(undefined);
    const data = {
      text: packageStanzas('test/fixtures/packages-sample/Packages.gz').subarray(0, 70_000),
      documents: userDocuments(70_000),
    };
    const results = compareCodecs(codecs, data, 1);
    expect(results).toHaveLength(codecs.length * blockSizes.length * 2);
    for (const { ratio, compressMicroseconds, decompressMicroseconds } of results) {
      expect(ratio).toBeGreaterThan(0.05);
      expect(ratio).toBeLessThan(0.7);
      expect(compressMicroseconds).toBeGreaterThan(0);
      expect(decompressMicroseconds).toBeGreaterThan(0);
    }
  });

  it('sees that a block comes back changed', () => {
    const wrong = { name: 'wrong', compress: (block: Uint8Array) => block, decompress: () => new Uint8Array(4096) };
    expect(() => compareCodecs([wrong], { documents: userDocuments(70_000) }, 1)).toThrow('came back changed');
  });
});
