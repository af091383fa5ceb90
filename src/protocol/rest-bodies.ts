import type { ErrorBody } from './error-body.js';
import type { TextEncoding } from './text-encoding.js';

/**
 * The JSON bodies of the REST interface, as servers write and clients read them. Times are milliseconds since 1970;
 * `etag` includes its quotes, exactly as in the header.
 */

/** One entry of `GET /v1/kv`, and one line of its NDJSON form. */
export interface ScanItem {
  readonly key: string;
  /** Absent with `keysOnly`. */
  readonly value?: string;
  readonly etag: string;
  readonly writtenAt: number;
  /** Absent when the value does not expire. */
  readonly expiresAt?: number;
  /** Absent when none was stored. */
  readonly contentType?: string;
  /** `base64` on an item whose key or value is not UTF-8, when the scan asked for UTF-8; else absent. */
  readonly encoding?: 'base64';
}

/** `GET /v1/kv` as JSON. */
export interface ScanBody {
  readonly items: readonly ScanItem[];
  /** Where to go on; absent at the end. */
  readonly cursor?: string;
}

/** Last line of the NDJSON form of a scan that was cut at its limit, or failed on the way. Without it: the end. */
export type ScanTrailer = { readonly cursor: string } | ErrorBody;

/** One operation of `POST /v1/batch`. */
export type BatchOperation =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly value: string;
      /** A duration such as `30s`. */
      readonly ttl?: string;
      readonly contentType?: string;
      /** Only over this version, with or without its quotes. */
      readonly ifMatch?: string;
      /** Only when the key has no value. */
      readonly ifNoneMatch?: '*';
    }
  | { readonly type: 'delete'; readonly key: string; readonly ifMatch?: string };

export interface BatchBody {
  readonly operations: readonly BatchOperation[];
  /** Of every key and value; UTF-8 when absent. */
  readonly encoding?: TextEncoding;
}

export interface BatchAnswer {
  /** The one version of all values written. */
  readonly etag: string;
  readonly results: readonly { readonly replaced: boolean }[];
}

export type NodeRole = 'leader' | 'follower' | 'none';

export interface LeaderAddress {
  readonly nodeId: string;
  readonly url: string;
}

/** Whether the storage of a node works: `recovering` while it is reopened after a failed write of its log. */
export type StorageState = 'open' | 'recovering' | 'closed';

/** `GET /v1/status`: about the node that answers, never forwarded. */
export interface StatusBody {
  readonly nodeId: string;
  readonly version: string;
  readonly url: string;
  readonly role: NodeRole;
  readonly epoch: number;
  readonly leader: LeaderAddress | null;
  readonly clusterId: string | null;
  readonly storeUuid: string;
  readonly storage: StorageState;
  readonly uptimeMs: number;
  readonly partitions: readonly {
    readonly partition: number;
    readonly role: NodeRole;
    readonly epoch: number;
    readonly leader: LeaderAddress | null;
  }[];
  /** Numbers of the engine: log, memtables, levels, cache. Their names are for people and may change. */
  readonly engine: unknown;
}

/** `GET /v1/cluster`. */
export interface ClusterBody {
  readonly clusterId: string | null;
  readonly coordination: { readonly kind: 'local' | 'zookeeper'; readonly state: string };
  readonly epoch: number;
  readonly leader: LeaderAddress | null;
  readonly nodes: readonly { readonly nodeId: string; readonly url: string; readonly version: string }[];
}

/** `GET /v1/cluster/owner?key=`. */
export interface OwnerBody {
  readonly key: string;
  readonly partition: number;
  readonly leader: LeaderAddress | null;
}

/** `POST /v1/admin/checkpoint`, optional body: a name of letters, digits, `.`, `_` and `-`. */
export interface CheckpointBody {
  readonly name?: string;
}

export interface CheckpointAnswer {
  readonly name: string;
  /** Path on the node. */
  readonly directory: string;
}

/** `POST /v1/admin/flush` and `POST /v1/admin/compact`. */
export interface AdminAnswer {
  readonly done: true;
}

/** `GET /health/live` and `GET /health/ready`. */
export interface HealthBody {
  readonly status: 'ok' | 'unavailable';
  /** Why it is unavailable. */
  readonly reason?: string;
}

/** Body of the original calls `POST /add/`, `GET /get/`, `POST /delete/`. */
export interface OriginalRecord {
  readonly key: string;
  readonly value: string;
  /** When it was written, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly deleted: boolean;
}

/** Errors of the original calls. */
export interface OriginalError {
  readonly detail: string;
}
