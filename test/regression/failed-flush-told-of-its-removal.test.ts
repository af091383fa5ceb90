import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import { bytes, codeOf, memoryPlace, openIn, text } from '../store/memory-database.js';

/**
 * Found by reading: when a flush or a compaction failed, and what it had written could not be removed either, the second
 * error took the place of the first. What an operator has to know is why the job failed, here that the disk is full.
 */
test('a job that fails says why, also when its files cannot be removed', async () => {
  const fileSystem = new FaultyFileSystem(new CrashableFileSystem());
  const database = await openIn(memoryPlace(fileSystem));
  await database.put(bytes('k'), bytes('v'));
  const full = Fault.fail({ operation: 'write', path: /\.data\.tmp$/ }, 'ENOSPC');
  const stuck = Fault.fail({ operation: 'remove' }, 'EIO');
  fileSystem.inject(full);
  fileSystem.inject(stuck);
  expect(await database.flush().catch(codeOf)).toBe('DISK_FULL');
  expect([full.struck > 0, stuck.struck > 0]).toEqual([true, true]);
  expect(text(await database.get(bytes('k')))).toBe('v');
  await database.close();
});
