import { emptyBytes } from '../base/bytes.js';
import { CoreCacheError, type ErrorCode } from '../base/errors.js';
import type { Exchange } from './exchange.js';

/**
 * Reads the body in full and hands it to `use`; its bytes count against the budget until `use` is done.
 *
 * A body that is announced as too large is refused before a byte of it is read, one of unknown length as soon as it has
 * grown too large. A client that asks (`Expect: 100-continue`) is told to send only when all else about its request was in
 * order. A body that breaks off rejects, so nothing is ever done with half a body.
 *
 * @throws CoreCacheError `tooLarge` above `bytesMax`, `SLOW_DOWN` when too many bodies are in memory
 */
export async function withBody<T>(
  exchange: Exchange,
  bytesMax: number,
  tooLarge: Extract<ErrorCode, 'VALUE_TOO_LARGE' | 'REQUEST_TOO_LARGE'>,
  use: (body: Uint8Array) => Promise<T>,
): Promise<T> {
  const { headers } = exchange.request;
  const announced = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (announced === undefined && headers['transfer-encoding'] === undefined) return use(emptyBytes());
  if (announced === 0) return use(emptyBytes());
  if (announced !== undefined && announced > bytesMax) throw refusal(tooLarge, announced, bytesMax);
  const { bodyBudget } = exchange.state;
  const collector = new BodyCollector(exchange, bytesMax, tooLarge, announced);
  try {
    return await use(await collector.collect());
  } finally {
    bodyBudget.giveBack(collector.taken);
  }
}

class BodyCollector {
  /** Bytes taken from the budget. */
  taken = 0;
  readonly #exchange: Exchange;
  readonly #bytesMax: number;
  readonly #tooLarge: ErrorCode;
  readonly #chunks: Buffer[] = [];
  #received = 0;

  constructor(exchange: Exchange, bytesMax: number, tooLarge: ErrorCode, announced: number | undefined) {
    this.#exchange = exchange;
    this.#bytesMax = bytesMax;
    this.#tooLarge = tooLarge;
    const refused = announced === undefined ? undefined : this.#take(announced);
    if (refused !== undefined) throw refused;
  }

  collect(): Promise<Uint8Array> {
    const { request, response } = this.#exchange;
    if (request.headers.expect !== undefined) response.writeContinue();
    return new Promise((resolve, reject) => {
      const onData = (chunk: Buffer): void => {
        const refused = this.#add(chunk);
        if (refused === undefined) return;
        finish();
        request.pause();
        reject(refused);
      };
      const onEnd = (): void => {
        finish();
        resolve(this.#joined());
      };
      const onClose = (): void => {
        finish();
        reject(new CoreCacheError('INVALID_ARGUMENT', 'the connection ended before the body did; nothing was done'));
      };
      const finish = (): void => {
        request.off('data', onData);
        request.off('end', onEnd);
        request.off('close', onClose);
      };
      request.on('data', onData);
      request.on('end', onEnd);
      request.on('close', onClose);
    });
  }

  /** Keeps the chunk, or says why not. */
  #add(chunk: Buffer): CoreCacheError | undefined {
    this.#received += chunk.length;
    if (this.#received > this.#bytesMax) return refusal(this.#tooLarge, this.#received, this.#bytesMax);
    const refused = this.#received > this.taken ? this.#take(this.#received - this.taken) : undefined;
    if (refused === undefined) this.#chunks.push(chunk);
    return refused;
  }

  #joined(): Uint8Array {
    const [first] = this.#chunks;
    return first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#received);
  }

  #take(bytes: number): CoreCacheError | undefined {
    const refused = this.#exchange.state.bodyBudget.take(bytes);
    if (refused === undefined) this.taken += bytes;
    return refused;
  }
}

function refusal(code: ErrorCode, size: number, limit: number): CoreCacheError {
  return new CoreCacheError(code, `the body has ${size} bytes or more; ${limit} are allowed`, { data: { limit } });
}
