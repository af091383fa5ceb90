import { afterEach, expect, it } from 'vitest';
import { LocalCoordinator } from '../../src/coordination/local/local-coordinator.js';
import { ZnodeTree } from '../../src/coordination/local/znode-tree.js';
import { eventually } from '../support/eventually.js';
import { Participant } from '../support/participant.js';

const started: Participant[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map(({ leadership }) => leadership.stop()));
});

const names = ({ leadership }: Participant): string[] =>
  leadership
    .status()
    .nodes.map(({ nodeId }) => nodeId)
    .sort();

// Found in the system this one began from: a node that had died was never taken off the ring, and for ever after its share
// of the requests was sent to it.
it('a dead node is gone from what the others see, and no request is sent to it', async () => {
  const tree = new ZnodeTree();
  const coordinators = ['a', 'b', 'c'].map(() => new LocalCoordinator(tree));
  for (const [i, nodeId] of ['a', 'b', 'c'].entries()) {
    const participant = new Participant({ coordinator: coordinators[i]!, nodeId });
    started.push(participant);
    await participant.leadership.start();
  }
  const [, b, c] = started;
  await eventually('all see three', 5000, () => (names(b!).length === 3 && names(c!).length === 3 ? true : undefined));
  // The session of the leader ends with its process.
  await coordinators[0]!.close();
  await eventually('the others see each other', 5000, () =>
    [b!, c!].every((other) => names(other).join() === 'b,c' && other.leadership.status().leader?.nodeId === 'b')
      ? true
      : undefined,
  );
  expect(b!.leadership.status().role).toBe('leader');
});
