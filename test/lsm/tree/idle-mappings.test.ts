import { expect, it, vi } from 'vitest';
import { TreeUnderTest } from './tree-under-test.js';

const MEMTABLE_BYTES = 256 * 1024;
const VALUE_BYTES = 1000;

it('mapped tables hear of each eighth of a memtable', async () => {
  const subject = await TreeUnderTest.open({ options: { memtableBytesMax: MEMTABLE_BYTES } });
  const rest = vi.spyOn(subject.blockCache.mappings, 'rest');
  const writeHalf = () => {
    for (let i = 0; i < MEMTABLE_BYTES / 2 / VALUE_BYTES; i++) subject.put(`key${i}`, 'v'.repeat(VALUE_BYTES));
  };
  subject.put('key', 'value');
  expect(rest).toHaveBeenCalledTimes(1);
  writeHalf();
  expect(rest.mock.calls.length).toBeGreaterThanOrEqual(4);
  expect(rest.mock.calls.length).toBeLessThanOrEqual(6);
  for (let i = 0; i < 5; i++) writeHalf();
  expect(rest.mock.calls.length).toBeGreaterThanOrEqual(22);
  expect(rest.mock.calls.length).toBeLessThanOrEqual(28);
  await subject.close();
});
