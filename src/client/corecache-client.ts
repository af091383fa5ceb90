import { isCoreCacheError } from '../base/errors.js';
import { formatDuration } from '../base/duration.js';
import type { Clock } from '../env/clock.js';
import type { Randomness } from '../env/randomness.js';
import { EXPIRES_HEADER } from '../protocol/header-names.js';
import { percentEncode } from '../protocol/percent-encoding.js';
import type {
  BatchAnswer,
  BatchBody,
  BatchOperation,
  CheckpointAnswer,
  ClusterBody,
  StatusBody,
} from '../protocol/rest-bodies.js';
import { bytesToText, utf8TextOf, type TextEncoding } from '../protocol/text-encoding.js';
import type {
  ClientDeleteOptions,
  ClientOperation,
  ClientPutOptions,
  ClientScanOptions,
  PutOutcome,
  ReadValue,
  ScannedEntry,
} from './client-types.js';
import { HttpTransport } from './http-transport.js';
import { LeaderRoute } from './leader-route.js';
import { Requester, type Answer } from './requester.js';
import { readScanLines } from './scan-lines.js';

export interface ClientOptions {
  /** Nodes to begin with, as `http://host:port`. One that answers is enough: it names the leader. */
  readonly urls: readonly string[];
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Longest silence of a server within a request. */
  readonly timeoutMs?: number;
  /** How long requests that had no effect are sent again. */
  readonly retryForMs?: number;
  readonly connectionsMax?: number;
  /**
   * Send puts and deletes without condition again when it is not known whether they happened. Right for whoever writes
   * nothing else to the same keys meanwhile; `requester.ts` has the argument. Otherwise such writes reject with
   * `OUTCOME_UNKNOWN`.
   */
  readonly repeatUnknownWrites?: boolean;
  /** Aborted: nothing is sent again; what is on its way is waited for. */
  readonly stopRetrying?: AbortSignal | undefined;
}

const DEFAULTS = { timeoutMs: 30_000, retryForMs: 15_000, connectionsMax: 64 };
const NDJSON = 'application/x-ndjson';

/**
 * CoreCache over REST. Finds the leader and follows it, keeps connections open, and sends again what is safe to send again.
 * Calls reject with `CoreCacheError`: the server's own code, `NO_LEADER` when no node answered in time, `OUTCOME_UNKNOWN`
 * for a write that may have happened.
 */
export class CoreCacheClient {
  readonly #transport: HttpTransport;
  readonly #requester: Requester;
  readonly #repeatUnknown: boolean;

  /** @throws CoreCacheError `INVALID_ARGUMENT` for a URL that is none */
  constructor(options: ClientOptions) {
    const { urls, clock, randomness, repeatUnknownWrites = false, stopRetrying } = options;
    const { timeoutMs, retryForMs, connectionsMax } = { ...DEFAULTS, ...options };
    const route = new LeaderRoute(urls);
    this.#transport = new HttpTransport(clock, connectionsMax);
    this.#requester = new Requester(this.#transport, route, clock, randomness, { timeoutMs, retryForMs, stopRetrying });
    this.#repeatUnknown = repeatUnknownWrites;
  }

  /** Shows how much of the history this client has seen. */
  get sessionToken(): string | undefined {
    return this.#requester.sessionToken;
  }

  /** `undefined` when the key has no value. */
  async get(key: Uint8Array): Promise<ReadValue | undefined> {
    try {
      const { headers, body } = await this.#read(pathOf(key));
      const expires = headers[EXPIRES_HEADER];
      return {
        value: body,
        etag: headers.etag ?? '',
        contentType: headers['content-type'] ?? '',
        lastModified: headers['last-modified'] ?? '',
        ...(typeof expires === 'string' ? { expires } : undefined),
      };
    } catch (error) {
      if (isCoreCacheError(error, 'KEY_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** @throws CoreCacheError `CONDITION_FAILED` with the present version in `data` */
  async put(key: Uint8Array, value: Uint8Array, options: ClientPutOptions = {}): Promise<PutOutcome> {
    const { ttlMs, contentType, condition } = options;
    const headers: Record<string, string> = {};
    if (contentType !== undefined) headers['content-type'] = contentType;
    if (condition !== undefined) {
      if ('ifMatch' in condition) headers['if-match'] = condition.ifMatch;
      else headers['if-none-match'] = condition.ifNoneMatch;
    }
    const query = ttlMs === undefined ? '' : `?ttl=${formatDuration(ttlMs)}`;
    const repeatUnknown = this.#repeatUnknown && condition === undefined;
    const path = pathOf(key) + query;
    const answer = await this.#requester.send({ method: 'PUT', path, headers, body: value, repeatUnknown });
    return { etag: answer.headers.etag ?? '', created: answer.status === 201 };
  }

  /**
   * False when there was nothing to delete. When an attempt whose outcome is unknown was repeated and the key is gone by
   * then, it counts as deleted: that attempt may have done it.
   */
  async delete(key: Uint8Array, { ifMatch }: ClientDeleteOptions = {}): Promise<boolean> {
    let mayBeDone = false;
    try {
      await this.#requester.send({
        method: 'DELETE',
        path: pathOf(key),
        headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
        repeatUnknown: this.#repeatUnknown && ifMatch === undefined,
        onUnknown: () => {
          mayBeDone = true;
        },
      });
      return true;
    } catch (error) {
      if (isCoreCacheError(error, 'KEY_NOT_FOUND')) return mayBeDone;
      throw error;
    }
  }

  /** All operations or none. */
  async write(operations: readonly ClientOperation[]): Promise<BatchAnswer> {
    const isConditional = operations.some(
      (operation) => (operation.type === 'put' ? operation.condition : operation.ifMatch) !== undefined,
    );
    const answer = await this.#requester.send({
      method: 'POST',
      path: '/v1/batch',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(batchBodyOf(operations))),
      repeatUnknown: this.#repeatUnknown && !isConditional,
    });
    return jsonOf(answer) as BatchAnswer;
  }

  /** Entries in key order, as the server streams them; breaks with an error when the stream does. */
  async *scan(options: ClientScanOptions = {}): AsyncGenerator<ScannedEntry> {
    const { prefix, start, end, reverse, limit, keysOnly } = options;
    const query = [
      prefix === undefined ? [] : [`prefix=${percentEncode(prefix)}`],
      start === undefined ? [] : [`start=${percentEncode(start)}`],
      end === undefined ? [] : [`end=${percentEncode(end)}`],
      reverse === true ? ['reverse=true'] : [],
      keysOnly === true ? ['keysOnly=true'] : [],
      limit === undefined ? [] : [`limit=${limit}`],
    ].flat();
    const path = query.length === 0 ? '/v1/kv' : `/v1/kv?${query.join('&')}`;
    yield* readScanLines(
      this.#requester.stream({ method: 'GET', path, headers: { accept: NDJSON }, repeatUnknown: true }),
    );
  }

  /** Of the node that is asked first, or of the leader once it is known. */
  async status(): Promise<StatusBody> {
    return jsonOf(await this.#read('/v1/status', true)) as StatusBody;
  }

  async cluster(): Promise<ClusterBody> {
    return jsonOf(await this.#read('/v1/cluster', true)) as ClusterBody;
  }

  async flush(): Promise<void> {
    await this.#administer('/v1/admin/flush');
  }

  async compact(): Promise<void> {
    await this.#administer('/v1/admin/compact');
  }

  async checkpoint(name?: string): Promise<CheckpointAnswer> {
    const answer = await this.#administer('/v1/admin/checkpoint', name === undefined ? {} : { name });
    return jsonOf(answer) as CheckpointAnswer;
  }

  /** Closes idle and busy connections. */
  close(): void {
    this.#transport.close();
  }

  #read(path: string, isLocal = false): Promise<Answer> {
    return this.#requester.send({ method: 'GET', path, isLocal, repeatUnknown: true });
  }

  #administer(path: string, body?: object): Promise<Answer> {
    return this.#requester.send({
      method: 'POST',
      path,
      isLocal: true,
      takesLong: true,
      repeatUnknown: false,
      ...(body === undefined
        ? undefined
        : { body: Buffer.from(JSON.stringify(body)), headers: { 'content-type': 'application/json' } }),
    });
  }
}

function pathOf(key: Uint8Array): string {
  return `/v1/kv/${percentEncode(key)}`;
}

/** As text when all of it is text, for that is shorter; else all of it in base64. */
function batchBodyOf(operations: readonly ClientOperation[]): BatchBody {
  const isText = operations.every(
    (operation) =>
      utf8TextOf(operation.key) !== undefined &&
      (operation.type === 'delete' || utf8TextOf(operation.value) !== undefined),
  );
  const encoding: TextEncoding = isText ? 'utf8' : 'base64';
  return { encoding, operations: operations.map((operation) => batchOperationOf(operation, encoding)) };
}

function batchOperationOf(operation: ClientOperation, encoding: TextEncoding): BatchOperation {
  const key = bytesToText(operation.key, encoding);
  if (operation.type === 'delete') {
    return { type: 'delete', key, ...(operation.ifMatch === undefined ? undefined : { ifMatch: operation.ifMatch }) };
  }
  const { value, ttlMs, contentType, condition } = operation;
  return {
    type: 'put',
    key,
    value: bytesToText(value, encoding),
    ...(ttlMs === undefined ? undefined : { ttl: formatDuration(ttlMs) }),
    ...(contentType === undefined ? undefined : { contentType }),
    ...condition,
  };
}

function jsonOf({ body }: Answer): unknown {
  return JSON.parse(Buffer.from(body).toString('utf8'));
}
