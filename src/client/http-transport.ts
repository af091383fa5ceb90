import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { messageOf } from '../base/errors.js';
import type { Clock } from '../env/clock.js';

const HTTP_PORT = 80;

export interface TransportRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** Longest silence of the server; `undefined`: wait without limit. */
  readonly timeoutMs: number | undefined;
}

/** No answer came. `wasSent` is false only when certainly no byte of the request reached a server. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly wasSent: boolean;

  constructor(base: string, wasSent: boolean, cause: unknown) {
    // A failure to connect to several addresses of one name has its message in its parts.
    const [first] = cause instanceof AggregateError ? (cause.errors as unknown[]) : [cause];
    super(`${base}: ${messageOf(first)}`, { cause });
    this.wasSent = wasSent;
  }
}

/**
 * Single requests over kept-alive connections. Whether a request may have had an effect is judged by the connection: one
 * that was never made has carried nothing. A connection that was made and broke may have carried everything.
 */
export class HttpTransport {
  readonly #agent: Agent;
  readonly #clock: Clock;

  constructor(clock: Clock, connectionsMax: number) {
    this.#clock = clock;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  }

  /** Resolves when the head of the answer is there. @throws TransportError */
  open(base: string, { method, path, headers, body, timeoutMs }: TransportRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      let wasSent = false;
      const length = body === undefined ? {} : { 'content-length': String(body.length) };
      const { hostname, port } = new URL(base);
      const outgoing = httpRequest({
        // The brackets of an IPv6 address belong to the URL only.
        host: hostname.replace(/^\[|\]$/g, ''),
        port: port === '' ? HTTP_PORT : port,
        // As it is: a URL would resolve the keys "." and "..".
        path,
        method,
        headers: { ...headers, ...length },
        agent: this.#agent,
      });
      const timer =
        timeoutMs === undefined
          ? undefined
          : this.#clock.setTimer(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      outgoing.once('socket', (socket) => {
        if (!socket.connecting) wasSent = true;
        else socket.once('connect', () => (wasSent = true));
      });
      outgoing.once('response', (response) => {
        timer?.cancel();
        resolve(response);
      });
      // Stays for as long as the request lives: a second error after the first must find a listener too.
      outgoing.on('error', (error) => {
        timer?.cancel();
        reject(new TransportError(base, wasSent, error));
      });
      outgoing.end(body);
    });
  }

  /**
   * The body as it comes. The time-out runs only while the consumer waits for the server, never while the server waits for
   * a slow consumer.
   * @throws TransportError when it breaks off
   */
  async *chunks(base: string, response: IncomingMessage, timeoutMs: number | undefined): AsyncGenerator<Uint8Array> {
    const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    try {
      for (;;) {
        const next = await this.#nextChunk(base, response, chunks, timeoutMs);
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      response.destroy();
    }
  }

  async #nextChunk(
    base: string,
    response: IncomingMessage,
    chunks: AsyncIterator<Uint8Array>,
    timeoutMs: number | undefined,
  ): Promise<IteratorResult<Uint8Array>> {
    const timer =
      timeoutMs === undefined
        ? undefined
        : this.#clock.setTimer(timeoutMs, () => response.destroy(new Error(`silent for ${timeoutMs} ms`)));
    try {
      return await chunks.next();
    } catch (error) {
      throw new TransportError(base, true, error);
    } finally {
      timer?.cancel();
    }
  }

  async body(base: string, response: IncomingMessage, timeoutMs: number | undefined): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    const parts = response.iterator({ destroyOnReturn: false });
    const timer =
      timeoutMs === undefined
        ? undefined
        : this.#clock.setTimer(timeoutMs, () => response.destroy(new Error(`no whole answer within ${timeoutMs} ms`)));
    try {
      for await (const chunk of parts) chunks.push(chunk as Uint8Array);
    } catch (error) {
      throw new TransportError(base, true, error);
    } finally {
      timer?.cancel();
    }
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  }

  close(): void {
    this.#agent.destroy();
  }
}
