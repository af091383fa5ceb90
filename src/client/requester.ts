import type { IncomingMessage } from 'node:http';
import { CoreCacheError, messageOf } from '../base/errors.js';
import type { Clock } from '../env/clock.js';
import type { Randomness } from '../env/randomness.js';
import { fromErrorBody } from '../protocol/error-body.js';
import { errorTable } from '../protocol/error-table.js';
import { LEADER_HEADER, NO_FORWARD_HEADER, SESSION_HEADER } from '../protocol/header-names.js';
import { laterOf, formatSessionToken, parseSessionToken } from '../protocol/session-token.js';
import type { VersionTag } from '../protocol/version-tag.js';
import { TransportError, type HttpTransport } from './http-transport.js';
import type { LeaderRoute } from './leader-route.js';

export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** About the node that is asked, not about the data: goes to the node itself and is never sent on. */
  readonly isLocal?: boolean;
  /** The server may be silent for as long as it works. */
  readonly takesLong?: boolean;
  /** Whether to send it again when an attempt may have had its effect: always right for reads. */
  readonly repeatUnknown: boolean;
  /** Called before such a repetition. */
  readonly onUnknown?: () => void;
}

export interface Answer {
  readonly headers: IncomingMessage['headers'];
  readonly status: number;
  readonly body: Uint8Array;
}

export interface RequesterOptions {
  readonly timeoutMs: number;
  readonly retryForMs: number;
  /** Aborted: nothing is sent again; what is on its way is waited for. */
  readonly stopRetrying: AbortSignal | undefined;
}

const BACKOFF_MS_MIN = 25;
const BACKOFF_MS_MAX = 1000;
/** Followers that name each other as leader are waited for, not chased. */
const REDIRECTS_MAX = 3;

/**
 * Sends one request until it has an answer, and no more often than is right.
 *
 * An attempt can end in three ways. It was answered: done, or an error that is told. *Nothing was done*: no connection, or
 * an error that the table calls retryable: sent again, after a growing pause, until `retryForMs` are over. *Its outcome is
 * unknown*: the connection broke after it was made, or the server says so (504).
 *
 * Sending a put or delete without condition twice leaves what sending it once leaves. And yet it is not always harmless to
 * repeat one whose outcome is unknown: the first may still be on its way, in a paused process or a buffer, and take effect
 * after the second was acknowledged and after the caller wrote something else. So that is for the caller to decide, who
 * knows whether something else will be written (`repeatUnknown`). A conditional write is never repeated: the first may
 * have changed what the second is judged by.
 */
export class Requester {
  readonly #transport: HttpTransport;
  readonly #route: LeaderRoute;
  readonly #clock: Clock;
  readonly #randomness: Randomness;
  readonly #options: RequesterOptions;
  #seen: VersionTag | undefined;

  constructor(
    transport: HttpTransport,
    route: LeaderRoute,
    clock: Clock,
    randomness: Randomness,
    options: RequesterOptions,
  ) {
    this.#transport = transport;
    this.#route = route;
    this.#clock = clock;
    this.#randomness = randomness;
    this.#options = options;
  }

  /** How far into the history the answers so far have shown; `undefined` before the first. */
  get sessionToken(): string | undefined {
    return this.#seen === undefined ? undefined : formatSessionToken(this.#seen);
  }

  /** @throws CoreCacheError what the server answered; `NO_LEADER` when nobody did; `OUTCOME_UNKNOWN` */
  send(request: ApiRequest): Promise<Answer> {
    return this.#attempt(request, async (response, base) => ({
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await this.#transport.body(base, response, this.#timeoutOf(request)),
    }));
  }

  /** As `send`, for a body of any length. Once it has begun it is not asked for again. */
  async *stream(request: ApiRequest): AsyncGenerator<Uint8Array> {
    const chunks = await this.#attempt(request, (response, base) =>
      Promise.resolve(this.#transport.chunks(base, response, this.#timeoutOf(request))),
    );
    try {
      yield* chunks;
    } catch (error) {
      if (error instanceof TransportError) throw unreachable(error);
      throw error;
    }
  }

  async #attempt<T>(request: ApiRequest, use: (response: IncomingMessage, base: string) => Promise<T>): Promise<T> {
    const deadline = this.#clock.monotonic() + this.#options.retryForMs;
    let redirects = 0;
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#once(request, use);
      if ('value' in outcome) return outcome.value;
      const { error, isUnknown, isRedirect, retryAfterMs } = outcome;
      if (isUnknown) {
        if (!request.repeatUnknown) throw outcomeUnknown(error);
        request.onUnknown?.();
      }
      if (isRedirect && ++redirects <= REDIRECTS_MAX) continue;
      const pause = Math.max(retryAfterMs, this.#pauseAfter(attempt));
      const { stopRetrying } = this.#options;
      if (stopRetrying?.aborted === true || this.#clock.monotonic() + pause > deadline) throw error;
      await this.#clock.sleep(pause, stopRetrying);
    }
  }

  async #once<T>(
    request: ApiRequest,
    use: (response: IncomingMessage, base: string) => Promise<T>,
  ): Promise<{ readonly value: T } | Failure> {
    const { base, noForward } = this.#route.next;
    try {
      const response = await this.#transport.open(base, {
        ...request,
        headers: this.#headersOf(request, noForward),
        timeoutMs: this.#timeoutOf(request),
      });
      this.#remember(response.headers[SESSION_HEADER]);
      const status = response.statusCode ?? 0;
      if (status < 400) {
        const value = await use(response, base);
        this.#route.succeeded(base);
        return { value };
      }
      const text = await this.#transport.body(base, response, this.#timeoutOf(request));
      return this.#judge(response, fromErrorBody(status, parsedOrText(text)), base);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      this.#route.failed(base, error.wasSent);
      return { error: unreachable(error), isUnknown: error.wasSent, isRedirect: false, retryAfterMs: 0 };
    }
  }

  /** @throws CoreCacheError the error itself when sending again would not help */
  #judge({ headers }: IncomingMessage, error: CoreCacheError, base: string): Failure {
    const isUnknown = error.code === 'OUTCOME_UNKNOWN';
    if (!isUnknown && !errorTable[error.code].retryable) throw error;
    const leader = headers[LEADER_HEADER];
    const isRedirect = error.code === 'NOT_LEADER' && typeof leader === 'string';
    if (isRedirect) this.#route.leaderIs(leader);
    else if (error.code !== 'SLOW_DOWN') this.#route.failed(base, true);
    const seconds = Number(headers['retry-after'] ?? 0);
    return { error, isUnknown, isRedirect, retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : 0 };
  }

  #headersOf(request: ApiRequest, noForward: boolean): Record<string, string> {
    const headers: Record<string, string> = { ...request.headers };
    if (noForward && request.isLocal !== true) headers[NO_FORWARD_HEADER] = '1';
    const token = this.sessionToken;
    if (token !== undefined) headers[SESSION_HEADER] = token;
    return headers;
  }

  #remember(token: string | string[] | undefined): void {
    if (typeof token !== 'string') return;
    const seen = parseSessionToken(token);
    this.#seen = this.#seen === undefined ? seen : laterOf(this.#seen, seen);
  }

  #timeoutOf(request: ApiRequest): number | undefined {
    return request.takesLong === true ? undefined : this.#options.timeoutMs;
  }

  /** Doubles, and is scattered, so that many clients do not come back at the same moment. */
  #pauseAfter(attempt: number): number {
    const full = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** attempt);
    return full * (0.5 + this.#randomness.fraction() / 2);
  }
}

interface Failure {
  readonly error: CoreCacheError;
  readonly isUnknown: boolean;
  readonly isRedirect: boolean;
  readonly retryAfterMs: number;
}

function unreachable(error: TransportError): CoreCacheError {
  return new CoreCacheError('NO_LEADER', `no answer from ${error.message}`, { cause: error });
}

function outcomeUnknown(error: CoreCacheError): CoreCacheError {
  if (error.code === 'OUTCOME_UNKNOWN') return error;
  return new CoreCacheError('OUTCOME_UNKNOWN', `the write may have happened or not: ${messageOf(error)}`, {
    cause: error,
  });
}

function parsedOrText(body: Uint8Array): unknown {
  const text = Buffer.from(body).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    // Not ours: a proxy's page. What it means is told by the status.
    return text;
  }
}
