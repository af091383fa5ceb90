import { expect, it } from 'vitest';
import { TreeUnderTest } from '../lsm/tree/tree-under-test.js';

// Found in the system this one began from: when two files held the same key, compaction wrote both records run together, and
// neither they nor what followed could be read.
it('a key that stands in several tables is compacted to one whole record, and its neighbours stay whole', async () => {
  const subject = await TreeUnderTest.open();
  const values = ['short', 'x'.repeat(500), '', 'with\nlines:and\0bytes'];
  for (const [round, value] of values.entries()) {
    for (const key of ['a', 'b', 'c']) subject.put(key, `${value}${round}`);
    subject.put(`only in table ${round}`, value);
    await subject.tree.flush();
  }
  await subject.tree.compact();
  const last = `${values[3]!}3`;
  expect(subject.scan()).toEqual([
    `a=${last}`,
    `b=${last}`,
    `c=${last}`,
    ...values.map((value, round) => `only in table ${round}=${value}`),
  ]);
  expect((await subject.tree.verify()).problems).toEqual([]);
  await subject.close();
});
