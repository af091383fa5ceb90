import { assert } from '../../base/assert.js';
import {
  ANY_VERSION,
  coordinationError,
  type MultiOperation,
  type MultiResult,
  type Watcher,
  type Znode,
} from '../coordinator.js';

/**
 * The tree of a coordinator in memory, with ZooKeeper's rules: what several sessions of one process, or of one simulation,
 * share. Every call is one transaction and is done when it returns.
 */
export class ZnodeTree {
  #nodes = new Map<string, StoredNode>([['/', { data: EMPTY, version: 0, czxid: 0n, owner: undefined, created: 0 }]]);
  #lastTransaction = 0n;
  readonly #watches: Watch[] = [];

  get(path: string): Znode | undefined {
    return this.#nodes.get(path);
  }

  /** @throws CoreCacheError `COORDINATION`, reason `NO_NODE` */
  children(path: string): string[] {
    this.#require(this.#nodes, path);
    return childrenOf(this.#nodes, path);
  }

  /** @throws CoreCacheError `COORDINATION` with the reason, and the index of the failed operation; nothing is changed then */
  apply(operations: readonly MultiOperation[], session: string): MultiResult[] {
    const before = this.#nodes;
    const after = new Map(before);
    const czxid = this.#lastTransaction + 1n;
    const results = operations.map((operation, index) => this.#applyOne(after, operation, { session, czxid, index }));
    this.#lastTransaction = czxid;
    this.#nodes = after;
    this.#fireWatches(before);
    return results;
  }

  /** Leaves a watch: on the node itself, or on its list of children. */
  watch(kind: 'node' | 'children', path: string, watcher: Watcher): void {
    this.#watches.push({ kind, path, watcher });
  }

  /** The session is over: its ephemeral nodes go, in one transaction. */
  endSession(session: string): void {
    const operations = [...this.#nodes]
      .filter(([, { owner }]) => owner === session)
      .map(([path]): MultiOperation => ({ type: 'remove', path, version: ANY_VERSION }));
    if (operations.length > 0) this.apply(operations, session);
  }

  #applyOne(nodes: Map<string, StoredNode>, operation: MultiOperation, by: Transaction): MultiResult {
    if (operation.type === 'create') return this.#create(nodes, operation, by);
    const { path } = operation;
    const node = this.#require(nodes, path, by.index);
    if (operation.version !== ANY_VERSION && operation.version !== node.version) {
      throw coordinationError('BAD_VERSION', `${operation.type} ${path}`, { data: { operation: by.index } });
    }
    switch (operation.type) {
      case 'check':
        return undefined;
      case 'set':
        nodes.set(path, { ...node, data: Uint8Array.from(operation.data), version: node.version + 1 });
        return node.version + 1;
      case 'remove':
        if (childrenOf(nodes, path).length > 0) {
          throw coordinationError('NOT_EMPTY', `remove ${path}`, { data: { operation: by.index } });
        }
        nodes.delete(path);
        return undefined;
    }
  }

  #create(nodes: Map<string, StoredNode>, operation: MultiOperation & { type: 'create' }, by: Transaction): string {
    assert(/^(\/[^/]+)+$/.test(operation.path), `${operation.path} is not a path`);
    const parentPath = parentOf(operation.path);
    const parent = this.#require(nodes, parentPath, by.index);
    const data = { operation: by.index };
    if (parent.owner !== undefined) throw coordinationError('REFUSED', `create ${operation.path}`, { data });
    const isSequential = operation.mode === 'ephemeralSequential';
    const path = isSequential ? operation.path + String(parent.created).padStart(10, '0') : operation.path;
    if (nodes.has(path)) throw coordinationError('NODE_EXISTS', `create ${path}`, { data });
    nodes.set(parentPath, { ...parent, created: parent.created + 1 });
    nodes.set(path, {
      data: Uint8Array.from(operation.data),
      version: 0,
      czxid: by.czxid,
      owner: operation.mode === 'persistent' ? undefined : by.session,
      created: 0,
    });
    return path;
  }

  #require(nodes: ReadonlyMap<string, StoredNode>, path: string, operation?: number): StoredNode {
    const node = nodes.get(path);
    if (node !== undefined) return node;
    throw coordinationError('NO_NODE', path, { data: operation === undefined ? {} : { operation } });
  }

  #fireWatches(before: ReadonlyMap<string, StoredNode>): void {
    const fired = this.#watches.filter(({ kind, path }) =>
      kind === 'node' ? isOther(before.get(path), this.#nodes.get(path)) : this.#hasOtherChildren(before, path),
    );
    for (const watch of fired) {
      this.#watches.splice(this.#watches.indexOf(watch), 1);
      queueMicrotask(watch.watcher);
    }
  }

  #hasOtherChildren(before: ReadonlyMap<string, StoredNode>, path: string): boolean {
    if (!this.#nodes.has(path)) return true;
    const now = childrenOf(this.#nodes, path);
    const then = childrenOf(before, path);
    return now.length !== then.length || now.some((name) => !then.includes(name));
  }
}

interface StoredNode extends Znode {
  /** Children ever created under it: numbers the sequential ones. */
  readonly created: number;
}

interface Transaction {
  readonly session: string;
  readonly czxid: bigint;
  /** Of the operation within it. */
  readonly index: number;
}

interface Watch {
  readonly kind: 'node' | 'children';
  readonly path: string;
  readonly watcher: Watcher;
}

const EMPTY = new Uint8Array(0);

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function childrenOf(nodes: ReadonlyMap<string, unknown>, path: string): string[] {
  const prefix = path === '/' ? '/' : `${path}/`;
  return [...nodes.keys()]
    .filter((each) => each !== '/' && each.startsWith(prefix) && !each.slice(prefix.length).includes('/'))
    .map((each) => each.slice(prefix.length));
}

function isOther(before: StoredNode | undefined, now: StoredNode | undefined): boolean {
  return before?.czxid !== now?.czxid || before?.version !== now?.version;
}
