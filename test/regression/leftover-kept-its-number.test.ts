import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { bytes, DIRECTORY, memoryPlace, openIn, tinyOptions } from '../store/memory-database.js';

/**
 * A manifest with a torn end keeps the tree from removing what a crash has left. A temporary file that stayed for that
 * reason did not count when numbers were given, so the next table got the same name, could not be made, and flushing
 * failed for good. Found by cutting the power again while a database recovered from a power cut.
 */
test('a leftover beside a torn manifest does not stop flushing', async () => {
  const fileSystem = new CrashableFileSystem();
  const database = await openIn(memoryPlace(fileSystem), tinyOptions);
  await database.put(bytes('k'), bytes('v'));
  await database.flush();
  await database.close();

  const partition = join(DIRECTORY, 'partition-0');
  const manifest = (await fileSystem.list(partition)).find((name) => name.startsWith('MANIFEST'))!;
  const torn = await fileSystem.openWriter(join(partition, manifest), 'append');
  await torn.write([Uint8Array.of(9, 0, 0)]);
  await torn.close();
  for (let number = 1; number <= 50; number++) {
    const name = `${String(number).padStart(6, '0')}.data.tmp`;
    await (await fileSystem.openWriter(join(partition, name), 'create')).close();
  }

  const again = await openIn(memoryPlace(fileSystem), tinyOptions);
  await again.put(bytes('k'), bytes('w'));
  await again.flush();
  expect(again.stats().tree.failure).toBeUndefined();
  await again.close();
});
