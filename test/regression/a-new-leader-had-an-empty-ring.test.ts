import { afterEach, expect, it } from 'vitest';
import { LocalCoordinator } from '../../src/coordination/local/local-coordinator.js';
import { ZnodeTree } from '../../src/coordination/local/znode-tree.js';
import { eventually } from '../support/eventually.js';
import { Participant } from '../support/participant.js';

const started: Participant[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map(({ leadership }) => leadership.stop()));
});

// Found in the system this one began from: only the leader knew the ring, in memory, so the next leader began with an empty
// one and had nowhere to send a request.
it('a new leader knows every node that lives, and serves', async () => {
  const tree = new ZnodeTree();
  for (const nodeId of ['a', 'b', 'c']) {
    const participant = new Participant({ coordinator: new LocalCoordinator(tree), nodeId });
    started.push(participant);
    await participant.leadership.start();
  }
  const [a, b] = started;
  await a!.leadership.stop();
  await eventually('the next leads', 5000, () => (b!.leads ? true : undefined));
  await eventually('it knows the others', 5000, () =>
    b!.leadership
      .status()
      .nodes.map(({ nodeId }) => nodeId)
      .sort()
      .join() === 'b,c'
      ? true
      : undefined,
  );
  expect(b!.leadership.status()).toMatchObject({ role: 'leader', leader: { nodeId: 'b' } });
});
