import zooKeeper, { type OperationResult, type RawOperation, type Stat } from 'node-zookeeper-client';
import { assert } from '../../base/assert.js';
import type { Environment } from '../../env/environment.js';
import {
  ANY_VERSION,
  reasonOf,
  type Coordinator,
  type CreateMode,
  type MultiOperation,
  type MultiResult,
  type SessionListener,
  type SessionState,
  type Watcher,
  type Znode,
} from '../coordinator.js';
import { SessionAnnouncer } from '../session-announcer.js';
import { sessionIdOf, ZooKeeperSession, type LinkState } from './zookeeper-session.js';

export interface ZooKeeperOptions {
  /** One `host:port`, or an ensemble: `h1:p1,h2:p2`. */
  readonly connect: string;
  /** Asked for; the server answers with what it allows, 2 to 20 of its ticks. */
  readonly sessionTimeoutMs: number;
  readonly environment: Pick<Environment, 'clock' | 'logger'>;
}

/**
 * The coordinator of a cluster: Apache ZooKeeper 3.5 or later. It is one session after another: when one ends, a new one is
 * opened at once, with the next generation; what a dead session still has to say is not heard.
 */
export class ZooKeeperCoordinator implements Coordinator {
  readonly kind = 'zookeeper';
  readonly #options: ZooKeeperOptions;
  readonly #announcer = new SessionAnnouncer('connecting');
  #session: ZooKeeperSession;
  #sessionId: string | undefined = undefined;
  #isClosing = false;

  constructor(options: ZooKeeperOptions) {
    this.#options = options;
    this.#session = this.#openSession();
  }

  get state(): SessionState {
    return this.#announcer.state;
  }

  get generation(): number {
    return this.#announcer.generation;
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  get sessionTimeoutMs(): number {
    return this.#session.sessionTimeoutMs;
  }

  onSession(listener: SessionListener): () => void {
    return this.#announcer.listen(listener);
  }

  create(path: string, data: Uint8Array, mode: CreateMode): Promise<string> {
    const { client } = this.#session;
    return this.#session.perform(
      `create ${path}`,
      (callback) => client.create(path, Buffer.from(data), MODES[mode], callback),
      (created: string) => created,
    );
  }

  async get(path: string, watcher?: Watcher): Promise<Znode | undefined> {
    const session = this.#session;
    const guarded = watcher && session.guarded(watcher);
    for (;;) {
      const found = await this.#read(session, path, guarded);
      // ZooKeeper leaves no watch where there is no node: that takes a question of another kind.
      if (found !== undefined || guarded === undefined || !(await this.#ask(session, path, guarded))) return found;
    }
  }

  exists(path: string, watcher?: Watcher): Promise<boolean> {
    return this.#ask(this.#session, path, watcher && this.#session.guarded(watcher));
  }

  children(path: string, watcher?: Watcher): Promise<string[]> {
    const session = this.#session;
    const guarded = watcher && session.guarded(watcher);
    return session.perform(
      `children of ${path}`,
      (callback) => session.client.getChildren(path, guarded, callback),
      (names: string[]) => names,
    );
  }

  set(path: string, data: Uint8Array, expectedVersion: number): Promise<number> {
    const { client } = this.#session;
    return this.#session.perform(
      `set ${path}`,
      (callback) => client.setData(path, Buffer.from(data), expectedVersion, callback),
      ({ version }: Stat) => version,
    );
  }

  remove(path: string, expectedVersion: number): Promise<void> {
    const { client } = this.#session;
    return this.#session.perform(
      `remove ${path}`,
      (callback) => client.remove(path, expectedVersion, callback),
      () => undefined,
    );
  }

  multi(operations: readonly MultiOperation[]): Promise<MultiResult[]> {
    assert(operations.length > 0, 'a multi has operations');
    // Raw operations: the builder of the package turns an expected version of 0 into "any version".
    const transaction = this.#session.client.transaction();
    transaction.ops.push(...operations.map(rawOperation));
    return this.#session.perform(
      `multi of ${operations.map(({ type, path }) => `${type} ${path}`).join(', ')}`,
      (callback) => transaction.commit(callback),
      (results: OperationResult[] | undefined) => (results ?? []).map(({ path, stat }) => path ?? stat?.version),
    );
  }

  async sync(): Promise<void> {
    await this.multi([{ type: 'check', path: '/', version: ANY_VERSION }]);
  }

  renewSession(generation: number, why: string): void {
    if (generation !== this.generation || this.#isClosing) return;
    this.#options.environment.logger.warn('ZooKeeper session dropped', { why, sessionId: this.#sessionId });
    this.#session.end();
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.#session.close();
    this.#announcer.announce('closed');
  }

  #openSession(): ZooKeeperSession {
    const { connect, sessionTimeoutMs, environment } = this.#options;
    return new ZooKeeperSession({
      connect,
      sessionTimeoutMs,
      clock: environment.clock,
      logger: environment.logger,
      changed: (state) => this.#follow(state),
    });
  }

  #follow(link: LinkState): void {
    if (link === 'connected') {
      this.#sessionId = this.#session.sessionId;
      this.#announcer.announce('connected');
    } else if (link === 'suspended') {
      this.#announcer.announce('suspended');
    } else if (link === 'ended' && !this.#isClosing) {
      this.#sessionId = undefined;
      this.#announcer.announce('expired');
      this.#options.environment.clock.setTimer(REOPEN_DELAY_MS, () => {
        if (this.#isClosing) return;
        this.#session = this.#openSession();
        this.#announcer.nextGeneration('connecting');
      });
    }
  }

  #read(session: ZooKeeperSession, path: string, watcher: Watcher | undefined): Promise<Znode | undefined> {
    const reading = session.perform(
      `get ${path}`,
      (callback) => session.client.getData(path, watcher, callback),
      (data: Buffer | undefined, stat: Stat): Znode => znode(data, stat),
    );
    return reading.catch((error: unknown) => {
      if (reasonOf(error) === 'NO_NODE') return undefined;
      throw error;
    });
  }

  #ask(session: ZooKeeperSession, path: string, watcher: Watcher | undefined): Promise<boolean> {
    return session.perform(
      `exists ${path}`,
      (callback) => session.client.exists(path, watcher, callback),
      (stat: Stat | null) => stat !== null,
    );
  }
}

/** Before a new session is opened: keeps a server that ends every session at once from being asked without pause. */
const REOPEN_DELAY_MS = 50;

const MODES: Readonly<Record<CreateMode, number>> = { persistent: 0, ephemeral: 1, ephemeralSequential: 3 };
/** Operation codes of ZooKeeper's protocol. */
const OPERATIONS: Readonly<Record<MultiOperation['type'], number>> = { create: 1, remove: 2, set: 5, check: 13 };

function rawOperation(operation: MultiOperation): RawOperation {
  const type = OPERATIONS[operation.type];
  const { path } = operation;
  switch (operation.type) {
    case 'create':
      return {
        type,
        path,
        data: Buffer.from(operation.data),
        mode: MODES[operation.mode],
        acls: zooKeeper.ACL.OPEN_ACL_UNSAFE,
      };
    case 'set':
      return { type, path, data: Buffer.from(operation.data), version: operation.version };
    case 'check':
    case 'remove':
      return { type, path, version: operation.version };
  }
}

function znode(data: Buffer | undefined, stat: Stat): Znode {
  const isPersistent = stat.ephemeralOwner.every((byte) => byte === 0);
  return {
    data: data ?? new Uint8Array(0),
    version: stat.version,
    czxid: stat.czxid.readBigUInt64BE(),
    owner: isPersistent ? undefined : sessionIdOf(stat.ephemeralOwner),
  };
}
