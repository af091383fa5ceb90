import { expect, it } from 'vitest';
import { TreeUnderTest } from '../lsm/tree/tree-under-test.js';

// Found in the system this one began from: the memtable was written out and then emptied, and with it went what had been
// written meanwhile.
it('what is written while a flush runs is kept', async () => {
  const subject = await TreeUnderTest.open();
  for (let i = 10; i < 60; i++) subject.put(`key${i}`, 'before');
  const flush = subject.tree.flush();
  let written = 60;
  while (subject.tree.flushedSequence < 50 && written < 100) {
    subject.put(`key${written++}`, 'during');
    subject.put('key10', 'during');
    await subject.clock.nextTurn();
  }
  await flush;
  expect(written).toBeGreaterThan(60);
  expect(subject.scan()).toHaveLength(written - 10);
  expect(subject.get('key10')).toBe('during');
  await subject.tree.compact();
  expect(subject.scan()).toHaveLength(written - 10);
  await subject.close();
});
