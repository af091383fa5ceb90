import { describe, expect, it } from 'vitest';
import { toEpoch } from '../../src/base/numbers.js';
import { nodeEnvironment } from '../../src/env/node-environment.js';
import { LeaderGate } from '../../src/node/leader-gate.js';
import type { LeadershipEvents } from '../../src/node/leadership-port.js';
import { NodeElection } from '../../src/node/node-election.js';
import { StoreKeeper } from '../../src/node/store-keeper.js';
import { MemoryStore } from '../support/memory-store.js';

/** A store whose epochs reach the disk when the test says so. */
class SlowStore extends MemoryStore {
  readonly finish: (() => void)[] = [];

  override async beginEpoch(epoch: number): Promise<void> {
    await new Promise<void>((resolve) => this.finish.push(resolve));
    await super.beginEpoch(epoch);
  }
}

async function entered(): Promise<{ store: SlowStore; gate: LeaderGate; events: LeadershipEvents }> {
  const environment = nodeEnvironment();
  const store = new SlowStore();
  const keeper = new StoreKeeper(() => Promise.resolve(store), environment);
  await keeper.open();
  const gate = new LeaderGate('self');
  let events: LeadershipEvents | undefined;
  const election = new NodeElection({
    gate,
    keeper,
    environment,
    candidate: { nodeId: 'self', storeUuid: '', bootId: '', url: '', version: '' },
    onLogFailure: () => undefined,
    cluster: {
      kind: 'local',
      clusterId: undefined,
      enter: (_candidate, _lowestEpoch, given) => {
        events = given;
        return {
          start: () => Promise.resolve(),
          stop: () => Promise.resolve(),
          holdsLease: () => true,
          status: () => ({ role: 'none', epoch: 0, leader: undefined, coordinatorState: '', nodes: [] }),
        };
      },
      close: () => Promise.resolve(),
    },
  });
  await election.enter();
  return { store, gate, events: events! };
}

describe('a node that is given an epoch', () => {
  it('serves only when the epoch is on disk', async () => {
    const { store, gate, events } = await entered();
    const taken = events.takeUp(toEpoch(5));
    expect(gate.term).toBeUndefined();
    store.finish[0]!();
    await taken;
    expect(gate.term).toEqual({ epoch: 5 });
    events.layDown();
    expect(gate.term).toBeUndefined();
  });

  it('does not serve when the role was gone before the epoch was on disk', async () => {
    const { store, gate, events } = await entered();
    const taken = events.takeUp(toEpoch(5));
    events.layDown();
    store.finish[0]!();
    await taken;
    expect(gate.term).toBeUndefined();
  });
});
