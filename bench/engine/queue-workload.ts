import type { DataSet } from './data-set.js';
import type { Engine } from './engine.js';
import { share, type Work } from './workload.js';

/** Entries in the queue at any time. */
const STANDING = 1000;

/**
 * A queue of a standing length: each round puts one entry at the tail, reads the first by a scan of one, and deletes it,
 * each awaited before the next. A round is two operations. A fiftieth of the keys, for engines that walk over everything
 * deleted with every scan take a time that grows with the square.
 */
export async function queue(engine: Engine, data: DataSet): Promise<Work> {
  const rounds = share(data, 50);
  let tail = 0;
  const push = async (): Promise<void> => {
    await engine.put(data.key(tail), data.value(tail, 0), false);
    tail++;
  };
  while (tail < STANDING) await push();
  for (let head = 0; head < rounds; head++) {
    await push();
    let first: Uint8Array | undefined;
    await engine.scan({ limit: 1 }, (key, value) => {
      data.checkEntry(head, key, value);
      first = key;
    });
    if (first === undefined) throw new Error('the queue is empty');
    await engine.delete(first);
  }
  return {
    operations: 2 * rounds,
    bytesGiven: (STANDING + rounds) * data.entryBytes + rounds * data.keyBytes,
  };
}
