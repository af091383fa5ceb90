import bloomFilters from 'bloom-filters';
import { rehash } from '../../../../src/base/hash.js';

/** A filter of the package whose elements are key hashes, four bytes little-endian. */
export function packageFilter(bitCount: number, probes: number): InstanceType<typeof bloomFilters.BloomFilter> {
  const filter = new bloomFilters.BloomFilter(bitCount, probes);
  const bits: number[] = new Array<number>(probes).fill(0);
  filter._hashing.getIndexes = (element) => {
    const hash = (element as Buffer).readUInt32LE();
    const step = rehash(hash);
    for (let i = 0, at = hash; i < probes; i++) {
      bits[i] = at % bitCount;
      at = (at + step) >>> 0;
    }
    return bits;
  };
  return filter;
}
