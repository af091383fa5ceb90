import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Starts a proxy on a free loopback port in front of `targetPort`. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const proxy = new TcpProxy(targetPort);
  await proxy.listen();
  return proxy;
}

interface Link {
  readonly client: Socket;
  readonly target: Socket;
}

/** A link that can fail the ways a network does: cut, held up, silent, or ended in the middle of a frame. */
export class TcpProxy {
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #isPaused = false;
  #isBlackHole = false;
  #isRefusing = false;
  #accepted = 0;
  #answerBytesLeft: number | undefined = undefined;
  #onAnswersDropped: (() => void) | undefined = undefined;

  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((client) => this.#accept(client));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connect(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Those that are open now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Those that ever were open. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Holds bytes back, both ways, until `resume`; nothing is lost. */
  pause(): void {
    this.#isPaused = true;
    for (const { client, target } of this.#links) {
      client.pause();
      target.pause();
    }
  }

  /** Ends `pause`, `blackHole` and `refuse`. */
  resume(): void {
    this.#isPaused = false;
    this.#isBlackHole = false;
    this.#isRefusing = false;
    for (const { client, target } of this.#links) {
      client.resume();
      target.resume();
    }
  }

  /** Loses every byte from now on, both ways, on connections that stay open; new ones are accepted and silent too. */
  blackHole(): void {
    this.#isBlackHole = true;
  }

  /** Breaks the connections there are; new ones are welcome. */
  cut(): void {
    for (const { client, target } of this.#links) {
      client.destroy();
      target.destroy();
    }
  }

  /** Breaks the connections there are, and every new one at once, until `resume`. */
  refuse(): void {
    this.#isRefusing = true;
    this.cut();
  }

  /** Lets `bytes` more bytes of answers through, then breaks the connection: half a frame. Resolves when it has. */
  cutAfterAnswerBytes(bytes: number): Promise<void> {
    this.#answerBytesLeft = bytes;
    return new Promise((resolve) => (this.#onAnswersDropped = resolve));
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) {
      client.destroy();
      return;
    }
    const target = connect(this.#targetPort, '127.0.0.1');
    const link: Link = { client, target };
    this.#links.add(link);
    this.#accepted++;
    for (const socket of [client, target]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        // A silent network tells neither side that the other has gone.
        if (!this.#isBlackHole || socket === client) {
          this.#links.delete(link);
          client.destroy();
          target.destroy();
        }
      });
      if (this.#isPaused) socket.pause();
    }
    client.on('data', (chunk: Buffer) => {
      if (!this.#isBlackHole) target.write(chunk);
    });
    target.on('data', (chunk: Buffer) => this.#answer(link, chunk));
  }

  #answer(link: Link, chunk: Buffer): void {
    if (this.#isBlackHole) return;
    if (this.#answerBytesLeft === undefined) {
      link.client.write(chunk);
      return;
    }
    const passed = chunk.subarray(0, this.#answerBytesLeft);
    this.#answerBytesLeft -= passed.length;
    if (this.#answerBytesLeft > 0) {
      link.client.write(passed);
      return;
    }
    this.#answerBytesLeft = undefined;
    link.client.end(passed, () => {
      link.client.destroy();
      link.target.destroy();
      this.#onAnswersDropped?.();
    });
  }
}
