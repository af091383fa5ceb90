/** The part of node-zookeeper-client 1.1 that CoreCache uses, some of it below its documented surface. */
declare module 'node-zookeeper-client' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface Stat {
    /** Eight bytes, big-endian. */
    readonly czxid: Buffer;
    readonly version: number;
    /** Eight bytes; all zero for a persistent node. */
    readonly ephemeralOwner: Buffer;
  }

  export interface ClientError extends Error {
    readonly code?: number;
  }

  type Callback<Results extends unknown[]> = (error: ClientError | null | undefined, ...results: Results) => void;

  export interface RawOperation {
    readonly type: number;
    readonly path: string;
    readonly data?: Buffer;
    readonly version?: number;
    readonly acls?: readonly unknown[];
    readonly mode?: number;
  }

  export interface OperationResult {
    readonly type: number;
    readonly path?: string;
    readonly stat?: Stat;
    readonly err?: number;
  }

  export interface Transaction {
    readonly ops: RawOperation[];
    commit(callback: Callback<[OperationResult[] | undefined]>): void;
  }

  export interface ConnectionManager extends EventEmitter {
    state: number;
    socket: Socket | undefined;
    pendingBuffer: Buffer | null;
    readonly packetQueue: { queue: unknown[] };
    connect(): void;
    onSocketData(buffer: Buffer): void;
    onSocketConnected(): void;
    onSocketConnectTimeout(): void;
    /** Does nothing but clear the timer of the connection attempt. */
    onSocketError(): void;
  }

  export interface Client {
    readonly connectionManager: ConnectionManager;
    connect(): void;
    close(): void;
    getSessionId(): Buffer;
    getSessionTimeout(): number;
    create(path: string, data: Buffer, mode: number, callback: Callback<[string]>): void;
    remove(path: string, version: number, callback: Callback<[]>): void;
    setData(path: string, data: Buffer, version: number, callback: Callback<[Stat]>): void;
    getData(path: string, watcher: (() => void) | undefined, callback: Callback<[Buffer | undefined, Stat]>): void;
    exists(path: string, watcher: (() => void) | undefined, callback: Callback<[Stat | null]>): void;
    getChildren(path: string, watcher: (() => void) | undefined, callback: Callback<[string[], Stat]>): void;
    transaction(): Transaction;
  }

  interface Module {
    createClient(connect: string, options: { sessionTimeout: number; spinDelay: number; retries: number }): Client;
    readonly ACL: { readonly OPEN_ACL_UNSAFE: readonly unknown[] };
  }

  const module: Module;
  export default module;
}
