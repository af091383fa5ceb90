import { expect, it } from 'vitest';
import { TreeUnderTest } from '../lsm/tree/tree-under-test.js';

// Found in the system this one began from: a put after a delete of the same key was lost, because the delete was looked
// at first.
it('a put after a delete is what is read, in memory, in one file and in several', async () => {
  for (const flushes of [0, 1, 2, 3]) {
    const subject = await TreeUnderTest.open();
    const step = async (at: number): Promise<void> => {
      if (flushes >= at) await subject.tree.flush();
    };
    subject.put('key', 'old');
    await step(3);
    subject.delete('key');
    await step(2);
    subject.put('key', 'new');
    await step(1);
    expect(subject.get('key')).toBe('new');
    await subject.tree.compact();
    expect(subject.scan()).toEqual(['key=new']);
    await subject.close();
  }
});
