import zooKeeper, { type Client, type ClientError, type ConnectionManager } from 'node-zookeeper-client';
import type { CoreCacheError } from '../../base/errors.js';
import type { Clock, Timer } from '../../env/clock.js';
import type { Logger } from '../../env/logger.js';
import { coordinationError, type Watcher } from '../coordinator.js';
import { fromClientError } from './zookeeper-error.js';

/**
 * One ZooKeeper session on one client object of node-zookeeper-client, from its opening to its end; never two. It is here
 * that the traps of that package are disarmed:
 *
 *  - *A dead link stays "connected" for ever.* Every operation has a time limit of a third of the session timeout; an idle
 *    session is probed as often. On a stall the socket is destroyed, which makes the client connect again and replay its
 *    watches. The same watch is kept on the hand-shake, for which the client has no limit at all.
 *  - *A frame half received when a link breaks is glued to the first frame of the next link.* The buffer is dropped at
 *    every disconnection; seen at the connection manager, because the client reports no disconnection during a hand-shake.
 *  - *Operations are queued while disconnected and sent later.* None is accepted unless connected, and what the socket had
 *    not taken is dropped at the disconnection. So an operation is sent when it was asked for, or never.
 *  - *After expiry callbacks never come, and the client is dead.* Open operations are kept here and settled with the end
 *    of the session. A new session is a new object.
 *  - *An answer that the client does not understand throws inside its socket handler.* It is caught and ends the session.
 *  - *The timer of a connection attempt outlives the attempt and breaks the next one.* It is disabled: the watch above
 *    does its work.
 *  - *A server that lost its data refuses the client for ever* (it has seen a later transaction), and the session neither
 *    resumes nor expires. A session that has been without a link for one and a half session timeouts is given up.
 */
export class ZooKeeperSession {
  readonly #client: Client;
  readonly #manager: ConnectionManager;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #changed: (state: LinkState) => void;
  readonly #open = new Set<OpenOperation>();
  #state: LinkState = 'connecting';
  /** Of the monotonic clock, when the link was lost; undefined while there is one, and before the first. */
  #lostAtMs: number | undefined = undefined;
  #attemptedSocket: unknown = undefined;
  #tick: Timer | undefined = undefined;
  #manualClose = false;

  constructor({ connect, sessionTimeoutMs, clock, logger, changed }: ZooKeeperSessionOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#changed = changed;
    this.#client = zooKeeper.createClient(connect, {
      sessionTimeout: sessionTimeoutMs,
      spinDelay: SPIN_DELAY_MS,
      retries: 0,
    });
    this.#manager = this.#client.connectionManager;
    this.#manager.onSocketConnectTimeout = () => undefined;
    const receive = this.#manager.onSocketData.bind(this.#manager);
    this.#manager.onSocketData = (bytes) => {
      if (this.#state === 'ended') return;
      try {
        receive(bytes);
      } catch (error) {
        this.#logger.error('ZooKeeper sent what the client does not understand', { error });
        this.end();
      }
    };
    this.#manager.on('state', (state: number) => this.#follow(state));
    this.#client.connect();
    this.#watchTheLink();
  }

  get client(): Client {
    return this.#client;
  }

  get sessionId(): string {
    return sessionIdOf(this.#client.getSessionId());
  }

  /** As negotiated; as asked for until then. */
  get sessionTimeoutMs(): number {
    return this.#client.getSessionTimeout();
  }

  /**
   * Carries out one call of the client. `read` makes the result of what the client hands back.
   *
   * @throws CoreCacheError `COORDINATION`: see `Coordinator`
   */
  perform<Results extends unknown[], Result>(
    what: string,
    start: (callback: (error: ClientError | null | undefined, ...results: Results) => void) => void,
    read: (...results: Results) => Result,
  ): Promise<Result> {
    if (this.#state !== 'connected') return Promise.reject(coordinationError('NOT_CONNECTED', what));
    return new Promise((resolve, reject) => {
      const limit = this.#clock.setTimer(this.#patienceMs, () => this.#stalled(what));
      const operation: OpenOperation = {
        fail: (error) => {
          limit.cancel();
          if (this.#open.delete(operation)) reject(error);
        },
        what,
      };
      this.#open.add(operation);
      start((error, ...results) => {
        if (!this.#open.has(operation)) return;
        if (error) {
          operation.fail(fromClientError(what, error, results[0]));
          return;
        }
        limit.cancel();
        this.#open.delete(operation);
        resolve(read(...results));
      });
    });
  }

  /** A watcher as the client is to see it: called once, outside its socket handler, and not after the end. */
  guarded(watcher: Watcher): Watcher {
    let isSpent = false;
    return () => {
      if (isSpent) return;
      isSpent = true;
      queueMicrotask(() => {
        if (this.#state !== 'ended') watcher();
      });
    };
  }

  /** Gives the session up at once. Its ephemeral nodes stay until the server times it out. */
  end(): void {
    if (this.#state === 'ended') return;
    this.#tick?.cancel();
    this.#dispose();
    this.#settleOpen();
    this.#enter('ended');
  }

  /**
   * Ends the session on the server too, so that its ephemeral nodes go at once. A lost link is given the time of one
   * stall to come back; then the server is left to time the session out.
   */
  async close(): Promise<void> {
    if (this.#state === 'suspended') await this.#within(this.#patienceMs, () => this.#state !== 'suspended');
    if (this.#state === 'connected') {
      this.#manualClose = true;
      this.#client.close();
      await this.#within(this.#patienceMs, () => this.#manager.state === MANAGER_CLOSED);
    }
    this.end();
  }

  get #patienceMs(): number {
    return Math.max(this.sessionTimeoutMs * PATIENCE, PATIENCE_MS_MIN);
  }

  #follow(managerState: number): void {
    if (this.#state === 'ended' || this.#manualClose) return;
    if (managerState === MANAGER_CONNECTED) {
      this.#lostAtMs = undefined;
      this.#enter('connected');
    } else if (managerState === MANAGER_DISCONNECTED) {
      this.#manager.pendingBuffer = null;
      this.#manager.packetQueue.queue = [];
      this.#manager.onSocketError();
      this.#settleOpen();
      if (this.#state === 'connected') {
        this.#lostAtMs = this.#clock.monotonic();
        this.#enter('suspended');
      }
    } else if (managerState < 0) {
      this.end();
    }
  }

  #enter(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#changed(state);
  }

  #settleOpen(): void {
    for (const operation of [...this.#open]) operation.fail(coordinationError('UNKNOWN', operation.what));
  }

  #stalled(what: string): void {
    if (this.#state === 'ended') return;
    this.#logger.warn('ZooKeeper does not answer; connecting again', { operation: what });
    this.#manager.socket?.destroy();
  }

  #watchTheLink(): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'connected') {
      if (this.#open.size === 0 && !this.#manualClose) this.#probe();
    } else {
      this.#watchTheAttempt();
    }
    if (!this.#isEnded()) this.#tick = this.#clock.setTimer(this.#patienceMs, () => this.#watchTheLink());
  }

  #isEnded(): boolean {
    return this.#state === 'ended';
  }

  #probe(): void {
    const probing = this.perform(
      'probe',
      (callback) => this.#client.exists('/', undefined, callback),
      () => undefined,
    );
    // Its failure is the end of the link, and that is reported as such.
    probing.catch(() => undefined);
  }

  #watchTheAttempt(): void {
    const lostForMs = this.#lostAtMs === undefined ? 0 : this.#clock.monotonic() - this.#lostAtMs;
    if (lostForMs > this.sessionTimeoutMs * GIVE_UP_AFTER) {
      this.#logger.warn('ZooKeeper session given up: no link for longer than it can have lived', { lostForMs });
      this.end();
      return;
    }
    const { socket } = this.#manager;
    if (socket !== undefined && socket === this.#attemptedSocket) socket.destroy();
    this.#attemptedSocket = socket;
  }

  /** The client has no way to be thrown away: left alone it would go on connecting. */
  #dispose(): void {
    const manager = this.#manager;
    manager.connect = () => undefined;
    manager.onSocketConnected = () => {
      manager.onSocketError();
      manager.socket?.destroy();
    };
    manager.packetQueue.queue = [];
    manager.onSocketError();
    manager.socket?.destroy();
  }

  async #within(limitMs: number, isDone: () => boolean): Promise<void> {
    const deadline = this.#clock.monotonic() + limitMs;
    while (!isDone() && !this.#isEnded() && this.#clock.monotonic() < deadline) await this.#clock.sleep(POLL_MS);
  }
}

export type LinkState = 'connecting' | 'connected' | 'suspended' | 'ended';

export interface ZooKeeperSessionOptions {
  /** `host:port`, or several with commas. */
  readonly connect: string;
  readonly sessionTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly changed: (state: LinkState) => void;
}

interface OpenOperation {
  readonly what: string;
  fail(error: CoreCacheError): void;
}

/** How long to wait for an answer, as a part of the session timeout: leaves time to reconnect before the session is over. */
const PATIENCE = 1 / 3;
/** A busy machine is no dead link. */
const PATIENCE_MS_MIN = 500;
/** Session timeouts without a link after which a session is certainly over on any server that still knows it. */
const GIVE_UP_AFTER = 1.5;
/** Longest wait of the client after it has tried every server; the real one is random below it. */
const SPIN_DELAY_MS = 250;
const POLL_MS = 10;

/** States of the package's connection manager. Those below zero are ends. */
const MANAGER_DISCONNECTED = 0;
const MANAGER_CONNECTED = 2;
const MANAGER_CLOSED = -2;

export function sessionIdOf(bytes: Buffer): string {
  return `0x${bytes.toString('hex')}`;
}
