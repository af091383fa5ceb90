import { expect, it } from 'vitest';
import { TreeUnderTest } from '../lsm/tree/tree-under-test.js';

// Found in the system this one began from: a key deleted in a later file made compaction fail, and after that nothing was
// flushed any more.
it('a key deleted in a later file is gone after compaction, and flushing goes on', async () => {
  const subject = await TreeUnderTest.open();
  subject.put('gone', '1');
  subject.put('kept', '1');
  await subject.tree.flush();
  subject.delete('gone');
  await subject.tree.flush();
  await subject.tree.compact();
  expect(subject.scan()).toEqual(['kept=1']);
  expect(subject.failures).toEqual([]);
  subject.put('later', '1');
  await subject.tree.flush();
  await subject.tree.compact();
  expect(subject.scan()).toEqual(['kept=1', 'later=1']);
  await subject.close();
});
