import { expect, it } from 'vitest';
import { TreeUnderTest } from '../lsm/tree/tree-under-test.js';

// Found in the system this one began from: compaction knew how to merge two files, and failed with three or more.
it('any number of files is compacted into one run', async () => {
  for (const files of [1, 2, 3, 4, 7, 20]) {
    const subject = await TreeUnderTest.open({ options: { level0TablesCompact: 100, level0TablesStop: 100 } });
    for (let i = 0; i < files; i++) {
      subject.put('all', `file ${i}`);
      subject.put(`only${String(i).padStart(2, '0')}`, 'x');
      await subject.tree.flush();
    }
    await subject.tree.compact();
    expect(subject.scan()).toHaveLength(files + 1);
    expect(subject.get('all')).toBe(`file ${files - 1}`);
    expect(subject.tree.stats().levels[0]?.tableCount).toBe(0);
    await subject.close();
  }
});
