import { expect, it } from 'vitest';
import { TreeUnderTest } from '../lsm/tree/tree-under-test.js';

// Found in the system this one began from: every record carried the time at which the process had started, so compaction
// could not tell which of two values was the newer one, and writing an updated key wrote a mix of both.
it('an updated key is compacted to its newest value, however its clock stood', async () => {
  const subject = await TreeUnderTest.open();
  for (const value of ['first', 'second, longer than the first', 'third']) {
    subject.clock.jump(-1000);
    subject.put('key', value);
    subject.put('other', 'unchanged');
    await subject.tree.flush();
  }
  await subject.tree.compact();
  expect(subject.scan()).toEqual(['key=third', 'other=unchanged']);
  expect(subject.tree.stats().entryCount).toBe(2);
  await subject.close();
});
