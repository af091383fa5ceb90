import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { DIRECTORY, TreeUnderTest } from './tree-under-test.js';

test('tables stay within their size when what was compressed is written plain', async () => {
  const fileSystem = new CrashableFileSystem();
  const options = { memtableBytesMax: 1 << 20, tableBytesMax: 8192, separatedValueBytesMin: 0 };
  const packed = await TreeUnderTest.open({
    fileSystem,
    options: { ...options, compression: 'small', blockBytes: 4096 },
  });
  for (let i = 0; i < 2000; i++) packed.put(`key ${String(i).padStart(4, '0')}`, 'x'.repeat(200));
  await packed.tree.flush();
  expect(packed.tree.stats().tableBytes).toBeLessThan(packed.tree.stats().rawBytes / 10);
  await packed.close();
  const plain = await TreeUnderTest.open({ fileSystem, options });
  plain.put('key 0000', 'y');
  await plain.tree.compact();
  await plain.close();
  const tables = (await fileSystem.list(DIRECTORY)).filter((name) => name.endsWith('.data'));
  const sizes = await Promise.all(tables.map((name) => fileSystem.sizeOf(join(DIRECTORY, name))));
  expect(tables.length).toBeGreaterThan(40);
  expect(Math.max(...sizes)).toBeLessThan(2 * options.tableBytesMax);
});
