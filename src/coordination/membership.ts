import { CoreCacheError } from '../base/errors.js';
import type { Environment } from '../env/environment.js';
import type { Timer } from '../env/clock.js';
import type { ClusterPaths } from './cluster-paths.js';
import { coordinationError, reasonOf, type Coordinator, type MultiOperation, type Znode } from './coordinator.js';
import type { Lease } from './lease.js';
import type { NodeDescription } from './node-description.js';
import { registrationStep } from './registration.js';
import { TakenId } from './taken-id.js';
import { decodeMember, decodeRegistration, encodeContent, type Registration } from './znode-content.js';

/**
 * Keeps this node's registration, `<root>/nodes/<id>`, in the session in force, and with it the lease.
 *
 * A heartbeat is a write of the registration with the version expected. The version is this node's alone, so an answer that
 * it is another one, or that the node is gone, means that the registration was taken away: that counts as the end of the
 * session. Where the answer to a heartbeat was lost, the version may be one higher for each such heartbeat and no more;
 * until it has been read (after `sync`, so that it is no older one) the registration is uncertain and no heartbeat is sent.
 *
 * The version alone could be met by chance by another registration under the same path. So the same transaction checks this
 * session's node in the election, whose name is unique; and for a leader the controller epoch: once another has raised it,
 * no heartbeat of this one is carried out, whatever became of the session.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #content: Uint8Array;
  readonly #path: string;
  /** The session that `#version` belongs to; 0 for none. */
  #generation = 0;
  #version = 0;
  /** Heartbeats that may or may not have been carried out. */
  #unanswered = 0;
  #isCertain = false;
  #wasRegistered = false;
  #isBeating = false;
  #incarnation = '';
  #guards: readonly MultiOperation[] = [];
  #timer: Timer | undefined = undefined;

  constructor(options: MembershipOptions) {
    const { storeUuid, bootId, url, version, nodeId } = options.node;
    const registration: Registration = { storeUuid, bootId, addresses: { http: url }, version };
    this.#options = options;
    this.#content = encodeContent(registration);
    this.#path = options.paths.node(nodeId);
  }

  /** Names this registration among all that this node ever had; empty before the first. */
  get incarnation(): string {
    return this.#incarnation;
  }

  /** From now on a heartbeat is carried out only while these checks hold. */
  guardWith(checks: readonly MultiOperation[]): void {
    this.#guards = checks;
  }

  /**
   * Resolves when this node is registered in the session, and its lease is fresh. May be repeated.
   *
   * @throws CoreCacheError `CLUSTER_MISMATCH` when another node holds the id; `COORDINATION`
   */
  async ensure(generation: number, signal: AbortSignal): Promise<void> {
    if (this.#generation === generation && this.#isCertain) return;
    if (this.#generation !== generation) {
      this.#generation = generation;
      this.#guards = [];
      this.#version = 0;
      this.#unanswered = 0;
    }
    await this.#here().sync();
    const { version, czxid } = await this.#claim(signal);
    if (version < this.#version || version > this.#version + this.#unanswered) {
      throw this.#lose(`the registration has version ${version} instead of ${this.#version}`);
    }
    this.#version = version;
    this.#unanswered = 0;
    this.#incarnation = String(czxid);
    await this.#enrol();
    this.#isCertain = true;
    this.#wasRegistered = true;
    await this.#beat();
  }

  /** The link is lost: what the server has is not known until `ensure` has asked. */
  doubt(): void {
    this.#isCertain = false;
    this.#timer?.cancel();
  }

  /** Takes the registration away, if it is this session's. */
  async leave(): Promise<void> {
    const { coordinator } = this.#options;
    this.doubt();
    const found = await coordinator.get(this.#path);
    if (found === undefined || found.owner !== coordinator.sessionId) return;
    await coordinator.remove(this.#path, found.version);
  }

  async #claim(signal: AbortSignal): Promise<Znode> {
    const taken = new TakenId(this.#options, this.#path);
    for (;;) {
      if (signal.aborted) throw coordinationError('NOT_CONNECTED', 'this node is stopping');
      const found = await this.#here().get(this.#path);
      const registration = found && decodeRegistration(this.#path, found.data);
      const step = registrationStep(
        found && registration && { registration, version: found.version, owner: found.owner },
        this.#options.node,
        this.#here().sessionId,
        this.#wasRegistered,
      );
      switch (step.kind) {
        case 'adopt':
          if (found !== undefined) return found;
          break;
        case 'create':
          await this.#create([]);
          break;
        case 'replace':
          await this.#create([{ type: 'remove', path: this.#path, version: step.version }]);
          break;
        case 'displaced':
          throw displaced(this.#options.node);
        case 'wait':
          await taken.wait(found?.version ?? 0, signal);
          break;
      }
    }
  }

  async #create(before: readonly MultiOperation[]): Promise<void> {
    try {
      await this.#here().multi([
        ...before,
        { type: 'create', path: this.#path, data: this.#content, mode: 'ephemeral' },
      ]);
    } catch (error) {
      // What was read a moment ago has changed: read again. But a node that was only to be created needs its folder.
      const reason = reasonOf(error);
      const hasChanged = reason === 'NODE_EXISTS' || reason === 'BAD_VERSION';
      if (!hasChanged && !(reason === 'NO_NODE' && before.length > 0)) throw error;
    }
  }

  /** Writes this node into the list of members, which outlives sessions. */
  async #enrol(): Promise<void> {
    const { node, paths, environment } = this.#options;
    const path = paths.member(node.nodeId);
    const data = encodeContent({ storeUuid: node.storeUuid, state: 'active' });
    for (;;) {
      const found = await this.#here().get(path);
      const member = found && decodeMember(path, found.data);
      if (member?.storeUuid === node.storeUuid) return;
      try {
        if (found === undefined) {
          await this.#here().create(path, data, 'persistent');
        } else {
          environment.logger.warn('this node id had another data directory before', {
            nodeId: node.nodeId,
            before: member?.storeUuid,
            now: node.storeUuid,
          });
          await this.#here().set(path, data, found.version);
        }
      } catch (error) {
        const reason = reasonOf(error);
        if (reason !== 'NODE_EXISTS' && reason !== 'BAD_VERSION') throw error;
      }
    }
  }

  async #beat(): Promise<void> {
    const { coordinator, lease } = this.#options;
    const generation = this.#generation;
    if (!this.#isCertain || this.#isBeating || coordinator.generation !== generation) return;
    this.#isBeating = true;
    this.#unanswered++;
    const sentAt = lease.moment();
    try {
      const results = await coordinator.multi(this.#heartbeat());
      if (generation === this.#generation && generation === coordinator.generation) {
        this.#version = Number(results.at(-1));
        this.#unanswered = 0;
        lease.renew(sentAt, coordinator.sessionTimeoutMs);
      }
    } catch (error) {
      if (generation === this.#generation) this.#mournHeartbeat(error);
    } finally {
      this.#isBeating = false;
    }
    this.#scheduleBeat();
  }

  #heartbeat(): MultiOperation[] {
    return [...this.#guards, { type: 'set', path: this.#path, data: this.#content, version: this.#version }];
  }

  #mournHeartbeat(error: unknown): void {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    if (reason === 'UNKNOWN' || reason === 'NOT_CONNECTED') {
      this.doubt();
      this.#options.doubted();
    } else {
      this.#lose(`a heartbeat was refused: ${reason}`);
    }
  }

  #scheduleBeat(): void {
    const { coordinator, environment } = this.#options;
    this.#timer?.cancel();
    const intervalMs = coordinator.sessionTimeoutMs * HEARTBEAT_PART;
    if (!this.#isCertain || !Number.isFinite(intervalMs)) return;
    this.#timer = environment.clock.setTimer(intervalMs, () => void this.#beat());
  }

  #lose(why: string): CoreCacheError {
    const generation = this.#generation;
    this.doubt();
    this.#options.coordinator.renewSession(generation, why);
    return coordinationError('NOT_CONNECTED', why);
  }

  /** The coordinator, as long as it is in the session that this registration is for. */
  #here(): Coordinator {
    const { coordinator } = this.#options;
    if (coordinator.generation !== this.#generation) throw coordinationError('NOT_CONNECTED', 'the session is over');
    return coordinator;
  }
}

export interface MembershipOptions {
  readonly coordinator: Coordinator;
  readonly paths: ClusterPaths;
  readonly node: NodeDescription;
  readonly lease: Lease;
  readonly environment: Environment;
  /** A heartbeat was not answered: call `ensure` as soon as there is a link. */
  readonly doubted: () => void;
}

/** Heartbeats a session timeout: three may fail before a lease of 0.6 lapses. */
const HEARTBEAT_PART = 1 / 6;

function displaced({ nodeId }: NodeDescription): CoreCacheError {
  return new CoreCacheError(
    'CLUSTER_MISMATCH',
    `a later process of node ${nodeId} uses a copy of this data directory; this one keeps out of the cluster`,
    { data: { nodeId } },
  );
}
