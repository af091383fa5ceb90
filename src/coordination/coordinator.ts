import { CoreCacheError, isCoreCacheError } from '../base/errors.js';

/**
 * - `connecting`: a session is being opened;
 * - `connected`: the session is live as far as this side can know;
 * - `suspended`: the connection is lost, the session may live or not; nothing is sent until it is `connected` again;
 * - `expired`: the session is over and its ephemeral nodes are gone or soon will be; a new one is opened by itself;
 * - `closed`: by `close()`, for good.
 */
export type SessionState = 'connecting' | 'connected' | 'suspended' | 'expired' | 'closed';

export type CreateMode = 'persistent' | 'ephemeral' | 'ephemeralSequential';

/** A node of the coordinator's tree, as it was at one moment. */
export interface Znode {
  readonly data: Uint8Array;
  /** Writes of this node since it was created: 0, 1, 2 … */
  readonly version: number;
  /** Transaction that created it: no two nodes ever have the same, also under the same path. */
  readonly czxid: bigint;
  /** Session that an ephemeral node lives and dies with; undefined for a persistent one. */
  readonly owner: string | undefined;
}

/** The version that matches every version. */
export const ANY_VERSION = -1;

export type MultiOperation =
  | { readonly type: 'check'; readonly path: string; readonly version: number }
  | { readonly type: 'create'; readonly path: string; readonly data: Uint8Array; readonly mode: CreateMode }
  | { readonly type: 'set'; readonly path: string; readonly data: Uint8Array; readonly version: number }
  | { readonly type: 'remove'; readonly path: string; readonly version: number };

/** By operation: the path that a `create` made, the new version of a `set`; undefined for the others. */
export type MultiResult = string | number | undefined;

/** Something changed, or may have: go and read. Called at most once, and never after the session has ended. */
export type Watcher = () => void;

export interface SessionListener {
  (state: SessionState, generation: number): void;
}

/**
 * What CoreCache needs of a coordinator: a tree of small nodes, sessions that ephemeral nodes live and die with, versioned
 * writes, and one-shot watches.
 *
 * An operation ends in one of three ways, and a caller must tell them apart:
 *  - it resolves: it is done;
 *  - it rejects with a reason that says it was *not* done (`NODE_EXISTS`, `NO_NODE`, `BAD_VERSION`, `NOT_EMPTY`,
 *    `NOT_CONNECTED`, `REFUSED`);
 *  - it rejects with `UNKNOWN`: the answer was lost. It may have been done, or may yet be until the session ends or
 *    `sync()` has answered.
 *
 * An operation belongs to the session in force when it was called: it is sent then or never. Every rejection is a
 * `CoreCacheError` with code `COORDINATION`; `reasonOf` reads the reason.
 */
export interface Coordinator {
  readonly kind: 'local' | 'zookeeper';
  readonly state: SessionState;
  /** 1 for the first session, one more for each that follows. */
  readonly generation: number;
  /** Of the session in force; undefined until it was connected. */
  readonly sessionId: string | undefined;
  /** As negotiated; what was asked for until then. Infinite where sessions do not time out. */
  readonly sessionTimeoutMs: number;

  /** Calls `listener` at every change of state, in order. Returns what ends it. */
  onSession(listener: SessionListener): () => void;

  /** Returns the path made: with ten digits added when sequential. Parents must exist (`NO_NODE`). */
  create(path: string, data: Uint8Array, mode: CreateMode): Promise<string>;
  /** With a watcher: called when the node is created, written or removed. */
  get(path: string, watcher?: Watcher): Promise<Znode | undefined>;
  /** With a watcher: called when the node is created, written or removed. */
  exists(path: string, watcher?: Watcher): Promise<boolean>;
  /** Names of the children, in no order. With a watcher: called when one comes or goes. Rejects with `NO_NODE`. */
  children(path: string, watcher?: Watcher): Promise<string[]>;
  /** Returns the new version. */
  set(path: string, data: Uint8Array, expectedVersion: number): Promise<number>;
  remove(path: string, expectedVersion: number): Promise<void>;
  /** All or nothing. A rejection carries `data.operation`, the index of the one that failed. */
  multi(operations: readonly MultiOperation[]): Promise<MultiResult[]>;
  /** A round through the quorum: later reads in this session see all that was committed before the call. */
  sync(): Promise<void>;

  /** Ends the session in force, if it still is `generation`, and opens another. */
  renewSession(generation: number, why: string): void;
  /** Ends the session, so that its ephemeral nodes go at once where that can be done. Never rejects. */
  close(): Promise<void>;
}

export type CoordinationReason =
  'NODE_EXISTS' | 'NO_NODE' | 'BAD_VERSION' | 'NOT_EMPTY' | 'REFUSED' | 'NOT_CONNECTED' | 'UNKNOWN';

export function coordinationError(
  reason: CoordinationReason,
  message: string,
  { data = {}, cause }: { data?: Readonly<Record<string, string | number>>; cause?: unknown } = {},
): CoreCacheError {
  return new CoreCacheError('COORDINATION', `${message}: ${reason}`, { data: { ...data, reason }, cause });
}

/** Why an operation of a coordinator was rejected; undefined for errors of another kind. */
export function reasonOf(error: unknown): CoordinationReason | undefined {
  return isCoreCacheError(error, 'COORDINATION') ? (error.data['reason'] as CoordinationReason | undefined) : undefined;
}
