import { expect, it } from 'vitest';
import { SnapshotList } from '../../src/lsm/tree/snapshot-list.js';

it('the oldest of very many snapshots is known, and its release is told', () => {
  let told = 0;
  const list = new SnapshotList(() => told++);
  const taken = Array.from({ length: 200_000 }, (_, i) => list.take(i + 1));
  expect(list.oldest).toBe(1);
  taken[0]!.release();
  taken[2]!.release();
  expect([list.oldest, told, list.count]).toEqual([2, 1, 199_998]);
  for (const snapshot of taken.reverse()) snapshot.release();
  expect([list.oldest, list.sequences()]).toEqual([Infinity, []]);
});
