import type { Writable } from 'node:stream';

/** A stream of the process, written at the pace at which it is read. */
export class Output {
  readonly #stream: Writable;
  #isClosed = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    // Whoever read it has gone, as `head` does: nothing more is written, and that is no failure.
    stream.on('error', () => {
      this.#isClosed = true;
    });
  }

  /** The reader has gone: no use to produce more. */
  get isClosed(): boolean {
    return this.#isClosed || this.#stream.destroyed;
  }

  get isTerminal(): boolean {
    return 'isTTY' in this.#stream && this.#stream.isTTY === true;
  }

  get stream(): Writable {
    return this.#stream;
  }

  /** Resolves when there is room for more. */
  async write(data: string | Uint8Array): Promise<void> {
    if (this.isClosed || this.#stream.write(data)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of ['drain', 'close', 'error']) this.#stream.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'close', 'error']) this.#stream.on(event, done);
    });
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }

  json(value: unknown): Promise<void> {
    return this.line(JSON.stringify(value));
  }
}
