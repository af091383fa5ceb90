import { describe, expect, it } from 'vitest';
import { toKeyRange } from '../../../src/lsm/iterator/key-range.js';
import { bytes, TreeUnderTest } from './tree-under-test.js';

const TENANTS = 12;
const prefixOf = (place: number): string => `tenant-${String.fromCharCode(0x41 + place)}:`;
const nameOf = (tenant: number, item: number): string => `${prefixOf(2 * tenant)}${String(item).padStart(3, '0')}`;

/** Tenants with room for another between them, an entry a block, on several levels. */
async function severalLevels(): Promise<TreeUnderTest> {
  const options = { blockBytes: 1, tableBytesMax: 4096, levelBytesBase: 4096, levelRatio: 2 };
  const subject = await TreeUnderTest.open({ options });
  for (let round = 0; round < 4; round++) {
    for (let item = round; item < 40; item += 4) {
      for (let tenant = 0; tenant < TENANTS; tenant++) subject.put(nameOf(tenant, item), `v${round}`.padEnd(20, '.'));
    }
    await subject.tree.flush();
    for (let turn = 0; turn < 50; turn++) await subject.clock.nextTurn();
  }
  return subject;
}

describe('a scan of a prefix', () => {
  it.each([false, true])('that nothing has reads no block, on whatever level (reverse: %s)', async (isReverse) => {
    const subject = await severalLevels();
    expect(subject.tree.stats().levels.filter(({ tableCount }) => tableCount > 0).length).toBeGreaterThan(1);
    for (let tenant = 0; tenant < TENANTS - 1; tenant++) {
      const prefix = bytes(prefixOf(2 * tenant + 1));
      const before = subject.blocksRead;
      expect(subject.scan({ range: toKeyRange({ prefix }), isReverse })).toEqual([]);
      expect(subject.blocksRead - before).toBe(0);
    }
    await subject.close();
  });

  it.each([false, true])('reads the blocks of its entries and no others (reverse: %s)', async (isReverse) => {
    const subject = await severalLevels();
    for (const tenant of [0, 7, TENANTS - 1]) {
      const prefix = bytes(prefixOf(2 * tenant));
      const before = subject.blocksRead;
      expect(subject.scan({ range: toKeyRange({ prefix }), isReverse })).toHaveLength(40);
      expect(subject.blocksRead - before).toBe(40);
    }
    await subject.close();
  });
});
