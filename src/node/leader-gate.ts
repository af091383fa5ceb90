import { CoreCacheError } from '../base/errors.js';
import type { LeadershipPort, PeerAddress } from './leadership-port.js';

/** Proof that this node led when a request arrived: to be shown again before the value is read and as the reply is built. */
export interface LeaderTerm {
  readonly epoch: number;
}

/** How a request asks to be treated when this node does not lead. */
export interface RoutingWish {
  /** Rather learn the leader's address than be forwarded. */
  readonly noForward: boolean;
  /** Another node has forwarded it already. */
  readonly isForwarded: boolean;
}

export type Route =
  { readonly kind: 'here'; readonly term: LeaderTerm } | { readonly kind: 'forward'; readonly leader: PeerAddress };

/**
 * Decides who answers a request, and whether this node may still answer as leader.
 *
 * A node leads while three things hold: it was given an epoch, that epoch is on its disk, and it holds the lease. The lease
 * is asked for at every check, because it lapses by itself: a process that was paused learns nothing until it looks. A
 * term is one object for each epoch taken up, so that a leadership lost and won again in the middle of a request is seen
 * as the loss it is.
 */
export class LeaderGate {
  readonly #nodeId: string;
  #leadership: LeadershipPort | undefined;
  #term: LeaderTerm | undefined;

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
  }

  /** From now on this leadership is asked; `undefined` while the node is in no election. */
  follow(leadership: LeadershipPort | undefined): void {
    this.#term = undefined;
    this.#leadership = leadership;
  }

  /** The epoch is on disk: serve. */
  open(epoch: number): void {
    this.#term = { epoch };
  }

  close(): void {
    this.#term = undefined;
  }

  /** The term in which this node may answer as leader now. */
  get term(): LeaderTerm | undefined {
    return this.#term !== undefined && this.#leadership?.holdsLease() === true ? this.#term : undefined;
  }

  stillLeads(term: LeaderTerm): boolean {
    return this.#term === term && this.#leadership?.holdsLease() === true;
  }

  /** @throws CoreCacheError `NO_LEADER` when the term is over: nothing may be answered from what was read in it */
  requireTerm(term: LeaderTerm): void {
    if (!this.stillLeads(term)) throw noLeader('this node stopped leading while it worked on the request');
  }

  /**
   * @throws CoreCacheError `NO_LEADER` when nobody is known to lead, or the request was forwarded here in vain;
   *   `NOT_LEADER` with `data.leader` as `host:port` when the request asks not to be forwarded
   */
  route(wish: RoutingWish): Route {
    const { term } = this;
    if (term !== undefined) return { kind: 'here', term };
    const leader = this.leader;
    if (leader === undefined) throw noLeader('no node leads at the moment');
    if (leader.nodeId === this.#nodeId) throw noLeader('this node is about to lead, or has lost its lease');
    if (wish.noForward) {
      const { host } = new URL(leader.url);
      throw new CoreCacheError('NOT_LEADER', `the leader is ${host}`, { data: { leader: host } });
    }
    if (wish.isForwarded) throw noLeader('this request was forwarded here, but this node does not lead');
    return { kind: 'forward', leader };
  }

  get leader(): PeerAddress | undefined {
    return this.#leadership?.status().leader;
  }
}

function noLeader(why: string): CoreCacheError {
  return new CoreCacheError('NO_LEADER', `${why}; try again`);
}
