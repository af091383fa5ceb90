import { CoreCacheError, isCoreCacheError, messageOf } from '../base/errors.js';
import { toEpoch, type Epoch } from '../base/numbers.js';
import type { Environment } from '../env/environment.js';
import { Candidate } from './candidate.js';
import { ClusterPaths } from './cluster-paths.js';
import { ClusterView } from './cluster-view.js';
import { reasonOf, type Coordinator, type MultiOperation, type SessionState } from './coordinator.js';
import { findOrFoundCluster } from './founding.js';
import { Lease } from './lease.js';
import { Membership } from './membership.js';
import type { NodeDescription } from './node-description.js';
import { WakeUp } from './wake-up.js';

/** How a node is told of its role. */
export interface LeadershipHandlers {
  /**
   * This node leads, with this epoch: higher than any it or another had before. It counts as leader once the promise has
   * resolved. When it rejects, the node goes to the end of the election.
   */
  takeUp(epoch: Epoch): Promise<void>;
  /**
   * This node leads no longer. May come while `takeUp` is under way, and then comes a second time when that has settled;
   * the next `takeUp` waits for it.
   */
  layDown(): void;
  /** Something in `status()` is new. */
  changed?(): void;
}

export interface LeadershipStatus {
  readonly role: 'leader' | 'follower' | 'none';
  /** Of the leadership in force, as far as is known; 0 when none is. */
  readonly epoch: number;
  readonly leader: { readonly nodeId: string; readonly url: string } | undefined;
  readonly coordinatorState: SessionState;
  readonly nodes: readonly { readonly nodeId: string; readonly url: string; readonly version: string }[];
}

export interface LeadershipOptions {
  readonly coordinator: Coordinator;
  /** Path under which everything of this cluster lies: `/corecache`. */
  readonly root: string;
  readonly node: NodeDescription;
  /** The cluster that the data directory belongs to; undefined when it was in none. */
  readonly clusterId?: string | undefined;
  /** The epoch on disk: a new leadership has a higher one. */
  readonly lowestEpoch: number;
  /** How long `start` waits for a part in the cluster; by default 15 s, or four session timeouts when that is longer. */
  readonly startTimeoutMs?: number | undefined;
  readonly environment: Environment;
  readonly handlers: LeadershipHandlers;
}

/**
 * A node's part in its cluster: it registers, stands for election, and knows who leads.
 *
 * One loop does everything that takes time, over and over: be registered in the session in force, have a place in the
 * election, lead if it is the first. Each step asks before it acts, so the loop can be broken off anywhere (a lost
 * link, a lost answer) and begun again; it sleeps until a watch, the session or a heartbeat wakes it.
 *
 * Losing a role takes no time and waits for nothing: it is done in the call that reports the end of the session. What
 * the loop was doing then belongs to a dead generation and fails at its next step. A leader counts as one only while
 * its lease is held, which it is not when nobody could tell it anything: a paused process finds the lease lapsed at its
 * first look.
 *
 * Two leaders at once? A node is first only when all candidates before it are gone. A candidate goes with its session,
 * whose lease has lapsed by then (`Lease`); or is removed by its own node, which has laid down its role before; or by a
 * later process on the same data directory, which proves the former dead (`registrationStep`).
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #paths: ClusterPaths;
  readonly #lease: Lease;
  readonly #membership: Membership;
  readonly #view: ClusterView;
  readonly #wake = new WakeUp();
  readonly #stopping = new AbortController();
  #clusterId: string | undefined = undefined;
  /** The session in which the cluster was last found; 0 for none. */
  #foundIn = 0;
  /** Of all that this node had. */
  #highestEpoch: number;
  #candidate: Candidate | undefined = undefined;
  /** The session in which this node has a place in the election. */
  #enteredIn = 0;
  #term: Term | undefined = undefined;
  /** Settles when no `takeUp` is under way; never rejects. */
  #takingUp: Promise<void> = Promise.resolve();
  #mustStandAside = false;
  #working: Promise<void> | undefined = undefined;
  #entered: (() => void) | undefined = undefined;

  constructor(options: LeadershipOptions) {
    const { coordinator, node, environment } = options;
    this.#options = options;
    this.#highestEpoch = options.lowestEpoch;
    this.#paths = new ClusterPaths(options.root);
    this.#lease = new Lease(environment.clock);
    const paths = this.#paths;
    const doubted = (): void => this.#wake.signal();
    this.#membership = new Membership({ coordinator, paths, node, lease: this.#lease, environment, doubted });
    this.#view = new ClusterView({ coordinator, paths, environment, changed: () => this.#changed() });
  }

  /** Known from `start` on; to be remembered in the data directory. */
  get clusterId(): string | undefined {
    return this.#clusterId;
  }

  /**
   * Resolves when this node is registered and in the election and, if it is first, has taken up leadership or tried to.
   *
   * @throws CoreCacheError `CLUSTER_MISMATCH` when the data belongs to another cluster, or another node has this id;
   *   `NEWER_FORMAT`; `COORDINATION` when no session could be had in time
   */
  async start(): Promise<void> {
    const { coordinator, environment } = this.#options;
    const entered = new Promise<void>((resolve) => (this.#entered = resolve));
    const unsubscribe = coordinator.onSession((state) => this.#follow(state));
    this.#stopping.signal.addEventListener('abort', unsubscribe);
    const limitMs = this.#options.startTimeoutMs ?? startLimitMs(coordinator.sessionTimeoutMs);
    const limit = new Promise<never>((_, reject) => {
      const timer = environment.clock.setTimer(limitMs, () => reject(notInTime(limitMs, coordinator.state)));
      this.#stopping.signal.addEventListener('abort', () => timer.cancel());
      void entered.then(() => timer.cancel());
    });
    const working = this.#work();
    try {
      await Promise.race([entered, working, limit]);
    } catch (error) {
      this.#working = working.catch(() => undefined);
      await this.stop();
      throw error;
    }
    this.#working = working.catch((error: unknown) => this.#giveUp(error));
  }

  /** Leaves the election first, so that another leads at once. Leaves the coordinator open. */
  async stop(): Promise<void> {
    this.#layDownAll();
    await this.#working;
    await this.#leave();
    await this.#takingUp;
  }

  status(): LeadershipStatus {
    const { coordinator, node } = this.#options;
    const common = { coordinatorState: coordinator.state, nodes: this.#view.nodes };
    const term = this.#term;
    if (term?.isTakenUp === true) {
      const leader = { nodeId: node.nodeId, url: node.url };
      return { role: this.holdsLease() ? 'leader' : 'none', epoch: term.epoch, leader, ...common };
    }
    const { leader, epoch } = this.#view;
    return {
      role: this.#enteredIn === coordinator.generation ? 'follower' : 'none',
      epoch,
      leader: leader && { nodeId: leader.nodeId, url: leader.url },
      ...common,
    };
  }

  /** True only for a leader within its lease. Cheap: asked at every request. */
  holdsLease(): boolean {
    const term = this.#term;
    return term?.isTakenUp === true && term.generation === this.#options.coordinator.generation && this.#lease.isHeld();
  }

  #follow(state: SessionState): void {
    if (state === 'expired' || state === 'closed') {
      this.#lease.drop();
      this.#enteredIn = 0;
      this.#membership.doubt();
      this.#resign();
    } else if (state === 'suspended') {
      this.#membership.doubt();
    }
    if (state === 'connected') this.#view.refresh();
    this.#wake.signal();
    this.#changed();
  }

  /** Until the node stops; the failure of one part ends both. */
  async #work(): Promise<void> {
    const parts = [this.#run(), this.#view.observe(this.#stopping.signal)];
    try {
      await Promise.all(parts);
    } catch (error) {
      this.#layDownAll();
      await Promise.allSettled(parts);
      throw error;
    }
  }

  #layDownAll(): void {
    this.#stopping.abort();
    this.#enteredIn = 0;
    this.#membership.doubt();
    this.#lease.drop();
    this.#resign();
    this.#wake.signal();
  }

  async #run(): Promise<void> {
    const { coordinator, environment } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (coordinator.state === 'connected') await this.#takePart(coordinator.generation);
        if (!this.#isStopping()) await this.#wake.wait();
      } catch (error) {
        const reason = reasonOf(error);
        if (reason === undefined) throw error;
        if (reason === 'NO_NODE') this.#foundIn = 0;
        environment.logger.debug('coordination step failed; trying again', { reason, message: messageOf(error) });
        await environment.clock.sleep(RETRY_MS, signal);
      }
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #takePart(generation: number): Promise<void> {
    const { coordinator, environment } = this.#options;
    const { signal } = this.#stopping;
    // In every session: between two, ZooKeeper may have been replaced by an empty one, or by another cluster's.
    if (this.#foundIn !== generation) {
      const known = this.#clusterId ?? this.#options.clusterId;
      this.#clusterId = await findOrFoundCluster(coordinator, this.#paths, known, environment.randomness);
      this.#foundIn = generation;
      this.#view.refresh();
    }
    await this.#membership.ensure(generation, signal);
    if (this.#isStopping()) return;
    const candidate = this.#candidateOf(generation);
    if (this.#mustStandAside) {
      this.#membership.guardWith([]);
      await candidate.leave();
      await environment.clock.sleep(STAND_ASIDE_MS, signal);
      this.#mustStandAside = false;
      if (this.#isStopping()) return;
    }
    const { path, isFirst } = await candidate.stand(() => this.#wake.signal());
    if (this.#isStopping() || coordinator.generation !== generation) return;
    this.#enteredIn = generation;
    if (isFirst) {
      if (this.#term?.candidatePath !== path) await this.#lead(candidate, path);
      return;
    }
    this.#resign();
    this.#membership.guardWith([checkOf(path, 0)]);
    this.#entered?.();
    this.#changed();
  }

  #candidateOf(generation: number): Candidate {
    if (this.#candidate?.generation === generation) return this.#candidate;
    const { coordinator, node, environment } = this.#options;
    const identity = {
      generation,
      guid: environment.randomness.uuid(),
      isFirstOfProcess: this.#candidate === undefined,
    };
    this.#candidate = new Candidate({ coordinator, paths: this.#paths, node }, identity);
    return this.#candidate;
  }

  async #lead(candidate: Candidate, candidatePath: string): Promise<void> {
    const { coordinator, handlers, environment } = this.#options;
    this.#resign();
    await this.#takingUp;
    const { epoch, version } = await candidate.win(candidatePath, this.#membership.incarnation, this.#highestEpoch);
    this.#highestEpoch = epoch;
    if (this.#isStopping() || coordinator.generation !== candidate.generation) return;
    this.#membership.guardWith([checkOf(candidatePath, 0), checkOf(this.#paths.controllerEpoch, version)]);
    const term: Term = { candidatePath, generation: candidate.generation, epoch, isTakenUp: false };
    this.#term = term;
    environment.logger.info('elected leader', { epoch });
    this.#takingUp = handlers.takeUp(toEpoch(epoch)).then(
      () => {
        if (this.#term !== term) {
          handlers.layDown();
          return;
        }
        term.isTakenUp = true;
        this.#entered?.();
        this.#changed();
      },
      (error: unknown) => {
        environment.logger.error('leadership could not be taken up', { epoch, error });
        if (this.#term === term) this.#resign();
        else handlers.layDown();
        this.#mustStandAside = true;
        this.#entered?.();
        this.#wake.signal();
      },
    );
  }

  /** Lays down leadership, if this node has it or is taking it up. */
  #resign(): void {
    if (this.#term === undefined) return;
    this.#options.environment.logger.info('leadership laid down', { epoch: this.#term.epoch });
    this.#term = undefined;
    this.#membership.guardWith([]);
    this.#options.handlers.layDown();
    this.#changed();
  }

  /** What no new attempt can mend: this node keeps out of the cluster, and serves nothing as leader. */
  async #giveUp(error: unknown): Promise<void> {
    if (!isCoreCacheError(error)) throw error;
    this.#options.environment.logger.error('this node leaves the cluster', { error });
    await this.#leave();
  }

  /**
   * What cannot be taken away is left to end with the session: the session is given up then, for it might live on, and
   * the others would wait behind a candidate that never leads.
   */
  async #leave(): Promise<void> {
    const { coordinator, environment } = this.#options;
    if (coordinator.state === 'suspended') await this.#reconnected();
    const { generation, state } = coordinator;
    if (state !== 'connected' && state !== 'suspended') return;
    try {
      if (this.#candidate?.generation === generation) await this.#candidate.leave();
      await this.#membership.leave();
    } catch (error) {
      if (reasonOf(error) === undefined) throw error;
      environment.logger.warn('left the cluster without saying so; the session will end', {
        message: messageOf(error),
      });
      coordinator.renewSession(generation, 'the cluster could not be left');
    }
  }

  /** Resolves when the session is in another state, or has not been for as long as is worth waiting. */
  async #reconnected(): Promise<void> {
    const { coordinator, environment } = this.#options;
    const news = new AbortController();
    const unsubscribe = coordinator.onSession(() => {
      news.abort();
    });
    await environment.clock.sleep(coordinator.sessionTimeoutMs * RECONNECT_PART, news.signal);
    unsubscribe();
  }

  #changed(): void {
    this.#options.handlers.changed?.();
  }
}

/** One leadership of this node, from its election on. */
interface Term {
  /** Its node in the election. */
  readonly candidatePath: string;
  readonly generation: number;
  readonly epoch: number;
  isTakenUp: boolean;
}

function checkOf(path: string, version: number): MultiOperation {
  return { type: 'check', path, version };
}

const RETRY_MS = 100;
/** After leadership could not be taken up: long enough for the next in line to be woken and to lead. */
const STAND_ASIDE_MS = 1000;
const START_MS_MIN = 15_000;
/** Part of the session timeout that a lost link is given to come back, when the cluster is to be left. */
const RECONNECT_PART = 1 / 3;

/** A stale registration may have to be waited for, and a session to be found first. */
function startLimitMs(sessionTimeoutMs: number): number {
  return Number.isFinite(sessionTimeoutMs) ? Math.max(START_MS_MIN, sessionTimeoutMs * 4) : START_MS_MIN;
}

function notInTime(limitMs: number, state: SessionState): CoreCacheError {
  return new CoreCacheError(
    'COORDINATION',
    `no part in the cluster after ${limitMs} ms (session ${state}); check that ZooKeeper runs and can be reached`,
    { data: { state } },
  );
}
