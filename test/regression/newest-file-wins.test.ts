import { expect, it } from 'vitest';
import { TreeUnderTest } from '../lsm/tree/tree-under-test.js';

// Found in the system this one began from: a read went through the files in the order of the directory and returned the
// first value it met, which was the oldest.
it('a key that is in several files reads as its newest value', async () => {
  const subject = await TreeUnderTest.open({
    options: { level0TablesCompact: 100, level0TablesSlow: 100, level0TablesStop: 101 },
  });
  for (let i = 0; i < 12; i++) {
    subject.put('key', `value ${i}`);
    await subject.tree.flush();
    expect(subject.get('key')).toBe(`value ${i}`);
  }
  expect(subject.tree.stats().tableCount).toBe(12);
  expect(subject.scan()).toEqual(['key=value 11']);
  await subject.close();
});
