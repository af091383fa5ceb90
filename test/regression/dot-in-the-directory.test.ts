import { expect, it } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { TreeUnderTest } from '../lsm/tree/tree-under-test.js';

// Found in the system this one began from: the extension of a file was sought from the first dot of its path, so a dot in
// the data directory broke every name.
it('a directory with dots, spaces and names of our own in it works', async () => {
  for (const directory of ['/v1.2/my data.index/partition-0', '/a.data/../b..c/000001.log/p.0']) {
    const fileSystem = new CrashableFileSystem();
    let subject = await TreeUnderTest.open({ fileSystem, directory });
    subject.put('key', 'value');
    await subject.tree.flush();
    subject.put('key', 'newer');
    await subject.tree.compact();
    await subject.close();
    subject = await TreeUnderTest.open({ fileSystem, directory, createIfMissing: false });
    expect(subject.scan()).toEqual(['key=newer']);
    await subject.close();
  }
});
