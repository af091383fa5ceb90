import { expect, it } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { DIRECTORY, TreeUnderTest } from '../lsm/tree/tree-under-test.js';

// Found in the system this one began from: files were named by the second in which they were made, so two flushes within
// a second, or two nodes on one host, wrote over each other.
it('files made in the same moment have different names, in each directory its own', async () => {
  const fileSystem = new CrashableFileSystem();
  const first = await TreeUnderTest.open({ fileSystem });
  const second = await TreeUnderTest.open({ fileSystem, directory: '/other.node/partition-0', clock: first.clock });
  for (let i = 0; i < 5; i++) {
    first.put(`first${i}`, '1');
    second.put(`second${i}`, '2');
    await Promise.all([first.tree.flush(), second.tree.flush()]);
  }
  expect(first.scan()).toHaveLength(5);
  expect(second.scan()).toHaveLength(5);
  const created = fileSystem.calls.filter(
    (call) => call.startsWith(`create ${DIRECTORY}`) && !call.includes('CURRENT'),
  );
  expect(new Set(created).size).toBe(created.length);
  await first.close();
  await second.close();
});
