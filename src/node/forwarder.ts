import {
  Agent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { CoreCacheError, messageOf } from '../base/errors.js';
import type { Clock, Timer } from '../env/clock.js';
import { FORWARDED_BY_HEADER } from '../protocol/header-names.js';
import { withoutHopByHop } from './hop-by-hop.js';

export interface ForwarderOptions {
  /** Of this node; the leader sees who forwarded. */
  readonly nodeId: string;
  readonly connectTimeoutMs: number;
  /** Longest silence once connected. */
  readonly timeoutMs: number;
  readonly connectionsMax: number;
  readonly clock: Clock;
}

/**
 * Passes requests on to the leader and its answers back, both as streams, over connections that are kept.
 *
 * When the connection fails, what matters is whether the leader may have carried the request out. It carries nothing out
 * before it has the whole request, and we know when the last byte was handed over: before that the request was certainly
 * not carried out (`NO_LEADER`, retryable); after it a read was harmless (`NO_LEADER` too), and a write may have happened
 * (`OUTCOME_UNKNOWN`). A connection that was never established has not handed over anything, whatever was buffered.
 *
 * A kept connection may be closed by the leader in the moment in which it is used again. A read without a body, of whose
 * answer nothing came, is then sent once more, over another connection.
 *
 * Silence counts only while it is the leader's: not while its bytes wait for a slow client, nor while it waits for those
 * of one. How long a client may take is for this node's own server to say.
 *
 * Once the first byte of an answer has gone to the client, a failure can only be shown by breaking off.
 */
export class Forwarder {
  readonly #agent: Agent;
  readonly #options: ForwarderOptions;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connectionsMax, scheduling: 'lifo' });
  }

  /**
   * Resolves when the answer has been passed on in whole, or the client has gone away.
   * @throws CoreCacheError `NO_LEADER` or `OUTCOME_UNKNOWN`, only while nothing has been written to `response`
   */
  forward(request: IncomingMessage, response: ServerResponse, leaderUrl: string): Promise<void> {
    return new Promise((resolve, reject) => {
      new Exchange(this.#agent, this.#options, request, response, leaderUrl, resolve, reject).begin();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** One request on its way. */
class Exchange {
  readonly #agent: Agent;
  readonly #leaderUrl: string;
  readonly #options: ForwarderOptions;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #resolve: () => void;
  readonly #reject: (error: CoreCacheError) => void;
  #upstream: ClientRequest | undefined;
  #isConnected = false;
  #mayRepeat: boolean;
  #connectTimer: Timer | undefined;

  constructor(
    agent: Agent,
    options: ForwarderOptions,
    request: IncomingMessage,
    response: ServerResponse,
    leaderUrl: string,
    resolve: () => void,
    reject: (error: CoreCacheError) => void,
  ) {
    this.#agent = agent;
    this.#options = options;
    this.#request = request;
    this.#response = response;
    this.#leaderUrl = leaderUrl;
    this.#resolve = resolve;
    this.#reject = reject;
    const { headers } = request;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    this.#mayRepeat = this.#isRead && !hasBody;
  }

  begin(): void {
    // A client that breaks off in its body must not look to the leader like one that came to its end.
    this.#request.once('close', () => {
      if (!this.#request.complete) this.#upstream?.destroy();
    });
    this.#response.once('close', () => {
      this.#mayRepeat = false;
      if (!this.#response.writableFinished) this.#upstream?.destroy();
      this.#connectTimer?.cancel();
      this.#resolve();
    });
    this.#send();
  }

  get #isRead(): boolean {
    return this.#request.method === 'GET' || this.#request.method === 'HEAD';
  }

  #send(): void {
    const upstream = this.#newRequest();
    this.#upstream = upstream;
    this.#isConnected = false;
    this.#connectTimer?.cancel();
    this.#connectTimer = this.#options.clock.setTimer(this.#options.connectTimeoutMs, () => {
      upstream.destroy(new Error(`no connection within ${this.#options.connectTimeoutMs} ms`));
    });
    upstream.once('socket', (socket) => {
      if (socket.connecting)
        socket.once('connect', () => {
          this.#connected(upstream);
        });
      else this.#connected(upstream);
    });
    upstream.once('response', (answer) => {
      this.#mayRepeat = false;
      this.#passBack(answer);
    });
    upstream.once('error', (error) => {
      this.#failed(upstream, error);
    });
    this.#request.pipe(upstream);
  }

  #newRequest(): ClientRequest {
    const request = this.#request;
    const { hostname, port, host } = new URL(this.#leaderUrl);
    return httpRequest({
      agent: this.#agent,
      // A URL writes an IPv6 address in brackets, a socket wants it bare.
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port,
      method: request.method,
      path: request.url,
      headers: [
        ...withoutHopByHop(request.rawHeaders, request.headers, 'host'),
        ...['Host', host, FORWARDED_BY_HEADER, this.#options.nodeId],
        // A body of unknown length must stay framed, or its bytes would be read as the next request.
        ...(request.headers['transfer-encoding'] === undefined ? [] : ['Transfer-Encoding', 'chunked']),
      ],
    });
  }

  #connected(upstream: ClientRequest): void {
    this.#isConnected = true;
    this.#connectTimer?.cancel();
    upstream.setTimeout(this.#options.timeoutMs, () => {
      const waitsForClient =
        this.#response.writableNeedDrain || (!this.#request.complete && !upstream.writableNeedDrain);
      if (!waitsForClient) upstream.destroy(new Error(`silent for ${this.#options.timeoutMs} ms`));
    });
  }

  #passBack(answer: IncomingMessage): void {
    const response = this.#response;
    answer.once('error', () => response.destroy());
    response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer.rawHeaders, answer.headers));
    answer.pipe(response);
    // An answer before the end of the request (413, say) leaves the rest unread: neither side can be used further.
    if (!this.#request.complete) response.shouldKeepAlive = false;
  }

  #failed(upstream: ClientRequest, error: Error): void {
    this.#connectTimer?.cancel();
    if (this.#mayRepeat && upstream.reusedSocket && isLostConnection(error)) {
      this.#mayRepeat = false;
      this.#request.unpipe(upstream);
      this.#send();
      return;
    }
    const response = this.#response;
    if (response.headersSent) {
      if (!response.writableFinished) response.destroy();
      return;
    }
    const isHandedOver = this.#isConnected && upstream.writableEnded;
    this.#request.unpipe(upstream);
    this.#reject(
      isHandedOver && !this.#isRead
        ? new CoreCacheError('OUTCOME_UNKNOWN', `the leader took the request, then: ${messageOf(error)}`, {
            cause: error,
          })
        : new CoreCacheError('NO_LEADER', `the leader did not answer: ${messageOf(error)}; try again`, {
            cause: error,
          }),
    );
  }
}

function isLostConnection(error: Error & { readonly code?: string }): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
