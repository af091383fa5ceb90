import {
  ANY_VERSION,
  coordinationError,
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
import { ZnodeTree } from './znode-tree.js';

/**
 * The coordinator of a node that stands alone: in memory, always connected, and its session never times out. Several on
 * one tree are several sessions, as tests want them.
 */
export class LocalCoordinator implements Coordinator {
  readonly kind = 'local';
  readonly sessionTimeoutMs = Number.POSITIVE_INFINITY;
  readonly #tree: ZnodeTree;
  readonly #announcer = new SessionAnnouncer('connected');
  #sessionId: string;

  constructor(tree = new ZnodeTree()) {
    this.#tree = tree;
    this.#sessionId = nextSessionId();
  }

  get state(): SessionState {
    return this.#announcer.state;
  }

  get generation(): number {
    return this.#announcer.generation;
  }

  get sessionId(): string | undefined {
    return this.state === 'connected' ? this.#sessionId : undefined;
  }

  onSession(listener: SessionListener): () => void {
    return this.#announcer.listen(listener);
  }

  create(path: string, data: Uint8Array, mode: CreateMode): Promise<string> {
    return this.#perform(() => String(this.#apply({ type: 'create', path, data, mode })[0]));
  }

  get(path: string, watcher?: Watcher): Promise<Znode | undefined> {
    return this.#perform(() => {
      if (watcher !== undefined) this.#tree.watch('node', path, this.#inThisSession(watcher));
      const node = this.#tree.get(path);
      return node && { data: Uint8Array.from(node.data), version: node.version, czxid: node.czxid, owner: node.owner };
    });
  }

  async exists(path: string, watcher?: Watcher): Promise<boolean> {
    return (await this.get(path, watcher)) !== undefined;
  }

  children(path: string, watcher?: Watcher): Promise<string[]> {
    return this.#perform(() => {
      const names = this.#tree.children(path);
      if (watcher !== undefined) this.#tree.watch('children', path, this.#inThisSession(watcher));
      return names;
    });
  }

  set(path: string, data: Uint8Array, expectedVersion: number): Promise<number> {
    return this.#perform(() => Number(this.#apply({ type: 'set', path, data, version: expectedVersion })[0]));
  }

  async remove(path: string, expectedVersion: number): Promise<void> {
    await this.#perform(() => this.#apply({ type: 'remove', path, version: expectedVersion }));
  }

  multi(operations: readonly MultiOperation[]): Promise<MultiResult[]> {
    return this.#perform(() => this.#tree.apply(operations, this.#sessionId));
  }

  async sync(): Promise<void> {
    await this.multi([{ type: 'check', path: '/', version: ANY_VERSION }]);
  }

  /** Ends the session as if it had timed out, and opens the next. */
  expire(): void {
    if (this.state === 'closed') return;
    this.#announcer.announce('expired');
    this.#tree.endSession(this.#sessionId);
    this.#sessionId = nextSessionId();
    this.#announcer.nextGeneration('connecting');
    this.#announcer.announce('connected');
  }

  renewSession(generation: number): void {
    if (generation === this.generation) this.expire();
  }

  close(): Promise<void> {
    if (this.state !== 'closed') {
      this.#announcer.announce('closed');
      this.#tree.endSession(this.#sessionId);
    }
    return Promise.resolve();
  }

  #apply(operation: MultiOperation): MultiResult[] {
    return this.#tree.apply([operation], this.#sessionId);
  }

  /** Does it now, and answers in a later turn, as a coordinator over a network would. */
  async #perform<Result>(transaction: () => Result): Promise<Result> {
    if (this.state !== 'connected') throw coordinationError('NOT_CONNECTED', 'the session is over');
    const result = transaction();
    await Promise.resolve();
    return result;
  }

  #inThisSession(watcher: Watcher): Watcher {
    const { generation } = this;
    return () => {
      if (generation === this.generation && this.state === 'connected') watcher();
    };
  }
}

let sessions = 0;

function nextSessionId(): string {
  sessions++;
  return `local-${sessions}`;
}
