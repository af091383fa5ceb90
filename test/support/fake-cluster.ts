import { toEpoch } from '../../src/base/numbers.js';
import type {
  Candidate,
  ClusterConnection,
  LeadershipEvents,
  LeadershipPort,
  LeadershipView,
  PeerAddress,
} from '../../src/node/leadership-port.js';

interface Member {
  readonly candidate: Candidate;
  readonly lowestEpoch: number;
  readonly events: LeadershipEvents;
}

/** A cluster whose leader is whoever the test says, with a lease that lasts as long as the test says. */
export class FakeCluster {
  /** Whether the leader holds its lease. */
  hasLease = true;
  /** The first to enter leads at once. */
  readonly firstLeads: boolean;
  epoch = 0;
  #leader: Member | undefined;
  #pretender: PeerAddress | undefined;
  readonly #members = new Set<Member>();

  constructor({ firstLeads = true } = {}) {
    this.firstLeads = firstLeads;
  }

  connection(): ClusterConnection {
    return {
      kind: 'local',
      clusterId: undefined,
      enter: (candidate, lowestEpoch, events) => this.#portOf({ candidate, lowestEpoch, events }),
      close: () => Promise.resolve(),
    };
  }

  /** Makes this node the leader of a new epoch; the old leader is told first. */
  async lead(nodeId: string): Promise<void> {
    const next = [...this.#members].find(({ candidate }) => candidate.nodeId === nodeId);
    if (next === undefined) throw new Error(`${nodeId} is not in the cluster`);
    this.nobodyLeads();
    this.epoch = Math.max(this.epoch, next.lowestEpoch) + 1;
    this.#leader = next;
    await next.events.takeUp(toEpoch(this.epoch));
  }

  nobodyLeads(): void {
    this.#leader?.events.layDown();
    this.#leader = undefined;
    this.#pretender = undefined;
  }

  /** All are told that this one leads; it is not a member. */
  pretendLeader(address: PeerAddress): void {
    this.nobodyLeads();
    this.#pretender = address;
  }

  #portOf(member: Member): LeadershipPort {
    return {
      start: async () => {
        this.#members.add(member);
        if (this.firstLeads && this.#leader === undefined) await this.lead(member.candidate.nodeId);
      },
      stop: () => {
        this.#members.delete(member);
        if (this.#leader === member) this.nobodyLeads();
        return Promise.resolve();
      },
      status: () => this.#viewOf(member),
      holdsLease: () => this.#leader === member && this.hasLease,
    };
  }

  #viewOf(member: Member): LeadershipView {
    const leader = this.#leader?.candidate ?? this.#pretender;
    return {
      role: this.#leader === member ? 'leader' : 'follower',
      epoch: this.epoch,
      leader: leader && { nodeId: leader.nodeId, url: leader.url },
      coordinatorState: 'connected',
      nodes: [...this.#members].map(({ candidate: { nodeId, url, version } }) => ({ nodeId, url, version })),
    };
  }
}
