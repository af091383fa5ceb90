import { assert } from '../base/assert.js';
import { isCoreCacheError } from '../base/errors.js';
import { PRODUCT_VERSION } from '../base/product-version.js';
import type { Environment } from '../env/environment.js';
import type { ClusterBody, HealthBody, StatusBody } from '../protocol/rest-bodies.js';
import type { Settings } from '../settings/definitions.js';
import { advertisedUrl } from './advertised-url.js';
import { Forwarder } from './forwarder.js';
import type { FrontDoor, NodeServices, OpenDoor } from './front-door.js';
import { LeaderGate } from './leader-gate.js';
import { LeaderStore } from './leader-store.js';
import type { ClusterConnection } from './leadership-port.js';
import { Maintenance } from './maintenance.js';
import { NodeElection } from './node-election.js';
import { claimNodeIdentity, type NodeIdentity, writeNodeIdentity } from './node-identity.js';
import { realParts, type NodeParts } from './node-parts.js';
import { clusterBodyOf, statusBodyOf } from './node-report.js';
import { StoreKeeper } from './store-keeper.js';

/** Between two attempts to enter the election, after the storage was opened again. */
const ENTER_AGAIN_MS = 1000;

/**
 * One process of CoreCache. Built bottom-up: the store (with its lock on the data directory), the node's identity, the
 * door (whose port may be chosen only now), the cluster under the address that the door got, the election. Taken down in
 * the opposite order: requests in flight are answered while the node still leads, then it leaves the election, so that
 * another node leads at once, and only then is the store closed.
 *
 * When the log fails, the node resigns, and everything above the store stays: it answers 503 and forwards to whoever leads
 * now. The store is opened again from disk, and the node enters the election anew with the epoch it finds there.
 */
export class CoreCacheNode {
  readonly #settings: Settings;
  readonly #environment: Environment;
  readonly #keeper: StoreKeeper;
  readonly #startedAt: number;
  #identity: NodeIdentity = { nodeId: '', clusterId: null };
  #url = '';
  #storeUuid = '';
  #cluster: ClusterConnection | undefined;
  #election: NodeElection | undefined;
  #door: OpenDoor | undefined;
  #forwarder: Forwarder | undefined;
  #recovery: Promise<void> | undefined;
  readonly #stopping = new AbortController();
  #stopped: Promise<void> | undefined;

  private constructor(settings: Settings, environment: Environment, parts: NodeParts) {
    this.#settings = settings;
    this.#environment = environment;
    this.#startedAt = environment.clock.monotonic();
    this.#keeper = new StoreKeeper(() => parts.openStore(settings, environment), environment);
  }

  /**
   * Resolves when the node listens and has entered the election; a node that runs alone leads by then.
   * @param door `httpDoor`, brought by the layer above
   * @throws CoreCacheError what keeps the node from starting; nothing stays open then
   */
  static async start(
    settings: Settings,
    environment: Environment,
    door: FrontDoor,
    parts: NodeParts = realParts,
  ): Promise<CoreCacheNode> {
    const node = new CoreCacheNode(settings, environment, parts);
    try {
      await node.#start(door, parts);
    } catch (error) {
      // What else goes wrong on the way down is in the log; the caller hears what began it.
      await node.stop().catch(() => undefined);
      throw error;
    }
    return node;
  }

  /** Where clients and other nodes reach this one. */
  get url(): string {
    return this.#url;
  }

  get nodeId(): string {
    return this.#identity.nodeId;
  }

  status(): StatusBody {
    return statusBodyOf({
      identity: this.#identity,
      url: this.#url,
      storeUuid: this.#storeUuid,
      storage: this.#keeper.state,
      view: this.#election?.view(),
      leads: this.#election?.gate.term !== undefined,
      uptimeMs: Math.round(this.#environment.clock.monotonic() - this.#startedAt),
      engine: this.#keeper.state === 'open' ? this.#keeper.current.stats() : null,
    });
  }

  /** Takes everything down, once; further calls wait for the same end. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(door: FrontDoor, parts: NodeParts): Promise<void> {
    const settings = this.#settings;
    const environment = this.#environment;
    const { dataDirectory } = settings.node;
    this.#storeUuid = (await this.#keeper.open()).storeUuid;
    this.#identity = await claimNodeIdentity(environment, dataDirectory, settings.node.id);

    const gate = new LeaderGate(this.#identity.nodeId);
    const forwarder = new Forwarder({
      nodeId: this.#identity.nodeId,
      connectTimeoutMs: settings.forwarding.connectTimeout,
      timeoutMs: settings.forwarding.timeout,
      connectionsMax: settings.forwarding.connectionsMax,
      clock: environment.clock,
    });
    this.#forwarder = forwarder;
    const services: NodeServices = {
      nodeId: this.#identity.nodeId,
      settings,
      environment,
      gate,
      store: new LeaderStore(
        gate,
        () => this.#keeper.current,
        () => {
          this.#recover();
        },
      ),
      forwarder,
      maintenance: new Maintenance(settings, environment, () => this.#keeper.current),
      status: () => this.status(),
      cluster: () => this.#clusterBody(),
      health: () => this.#health(),
    };
    this.#door = await door.open(services);
    this.#url = advertisedUrl(settings, this.#door.port);

    const cluster = await parts.connect(settings, environment, this.#identity.clusterId ?? undefined);
    this.#cluster = cluster;
    const election = new NodeElection({
      gate,
      keeper: this.#keeper,
      cluster,
      environment,
      candidate: {
        nodeId: this.#identity.nodeId,
        storeUuid: this.#storeUuid,
        bootId: environment.randomness.uuid(),
        url: this.#url,
        version: PRODUCT_VERSION,
      },
      onLogFailure: () => {
        this.#recover();
      },
    });
    this.#election = election;
    await election.enter();
    await this.#rememberCluster();
    environment.logger.info('node started', { nodeId: this.#identity.nodeId, url: this.#url, dataDirectory });
  }

  async #stop(): Promise<void> {
    const wasStarted = this.#url !== '';
    this.#stopping.abort();
    this.#keeper.stopTrying();
    const steps = [
      () => this.#door?.close(this.#settings.node.stopGracePeriod),
      // It may have the store in its hands, and ends soon: trying has stopped, and so does entering the election.
      () => this.#endRecovery(),
      () => this.#election?.leave(),
      () => this.#cluster?.close(),
      () => this.#forwarder?.close(),
      () => this.#keeper.close(),
    ];
    const failures: unknown[] = [];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
        this.#environment.logger.error('a part of the node did not stop cleanly', { error });
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'the node did not stop cleanly');
    if (wasStarted) this.#environment.logger.info('node stopped', { nodeId: this.#identity.nodeId });
  }

  /** Begins the way back from a failed log, unless it is under way. */
  #recover(): void {
    if (this.#recovery !== undefined || this.#stopped !== undefined) return;
    this.#recovery = this.#recoverStore().finally(() => {
      this.#recovery = undefined;
    });
  }

  async #recoverStore(): Promise<void> {
    const { logger } = this.#environment;
    logger.error('the log failed: resigning, and opening the storage again from disk', {
      error: this.#keeper.current.failure,
    });
    await this.#election?.leave();
    const store = await this.#keeper.reopen();
    if (store === undefined || this.#stopped !== undefined) return;
    assert(store.storeUuid === this.#storeUuid, 'the data directory still holds the same store');
    logger.info('the storage is open again', { epoch: store.epoch });
    await this.#enterAgain();
  }

  /** Entering may be waiting for a coordinator that is away. */
  async #endRecovery(): Promise<void> {
    if (this.#recovery === undefined) return;
    await this.#election?.leave();
    await this.#recovery;
  }

  /** The coordinator may be away just now; the node is of no use until it is back in the election. */
  async #enterAgain(): Promise<void> {
    const { clock, logger } = this.#environment;
    while (this.#stopped === undefined) {
      try {
        await this.#election?.enter();
        return;
      } catch (error) {
        if (!isCoreCacheError(error)) throw error;
        logger.error('the election cannot be entered yet', { error, retryInMs: ENTER_AGAIN_MS });
        await this.#election?.leave();
        await clock.sleep(ENTER_AGAIN_MS, this.#stopping.signal);
      }
    }
  }

  async #rememberCluster(): Promise<void> {
    const clusterId = this.#cluster?.clusterId ?? null;
    if (clusterId === null || this.#cluster?.kind === 'local' || clusterId === this.#identity.clusterId) return;
    this.#identity = { ...this.#identity, clusterId };
    await writeNodeIdentity(this.#environment, this.#settings.node.dataDirectory, this.#identity);
  }

  #clusterBody(): ClusterBody {
    return clusterBodyOf(this.#identity, this.#cluster?.kind ?? 'local', this.#election?.view(), {
      nodeId: this.#identity.nodeId,
      url: this.#url,
      version: PRODUCT_VERSION,
    });
  }

  /** Ready when this node can answer a request or knows who can. Whoever asks finds a failed log that no write has met. */
  #health(): HealthBody {
    if (this.#stopped !== undefined) return { status: 'unavailable', reason: 'the node is stopping' };
    if (this.#keeper.state === 'open' && this.#keeper.current.failure !== undefined) this.#recover();
    if (this.#keeper.state === 'recovering') {
      return { status: 'unavailable', reason: `the storage is being reopened: ${this.#keeper.trouble}` };
    }
    try {
      this.#election?.gate.route({ noForward: false, isForwarded: false });
      return this.#election === undefined
        ? { status: 'unavailable', reason: 'the node is starting' }
        : { status: 'ok' };
    } catch (error) {
      if (!isCoreCacheError(error)) throw error;
      return { status: 'unavailable', reason: error.message };
    }
  }
}
