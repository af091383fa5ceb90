import { expect, it } from 'vitest';
import { TreeUnderTest } from '../lsm/tree/tree-under-test.js';

// Found in the system this one began from: it wrote `key:value` lines and split them again at each colon, so a value with
// a colon could not be read any more once it was flushed.
it('a value with a colon, or any other separator, reads back after a flush and a compaction', async () => {
  const subject = await TreeUnderTest.open();
  const values = ['a:b', ':', 'http://host:80/', '{"a":1}', 'line\nbreak', 'nul\0', ',;|\t='];
  values.forEach((value, i) => subject.put(`key:${i}`, value));
  await subject.tree.flush();
  expect(values.map((_, i) => subject.get(`key:${i}`))).toEqual(values);
  await subject.tree.compact();
  expect(values.map((_, i) => subject.get(`key:${i}`))).toEqual(values);
  await subject.close();
});
