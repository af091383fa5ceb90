import { expect, test } from 'vitest';
import { memoryPlace, openIn, bytes } from '../store/memory-database.js';

/**
 * CoreCache in Python looked the key up before it deleted it, and used what it had found without asking whether it had
 * found anything: deleting a missing key ended in an exception, which its server answered with status 500. Found by
 * deleting the same key twice.
 */
test('a missing key on delete is an answer, not an error', async () => {
  const database = await openIn(memoryPlace());
  await database.put(bytes('k'), bytes('v'));
  await expect(database.delete(bytes('k'), { reportReplaced: true })).resolves.toMatchObject({
    replaced: [{ epoch: 0, sequence: 1 }],
  });
  await expect(database.delete(bytes('k'), { reportReplaced: true })).resolves.toMatchObject({ replaced: [undefined] });
  await database.flush();
  await expect(database.delete(bytes('k'))).resolves.toEqual({ epoch: 0, sequence: 4 });
  await expect(database.delete(bytes('never there'))).resolves.toEqual({ epoch: 0, sequence: 5 });
  await database.close();
});
