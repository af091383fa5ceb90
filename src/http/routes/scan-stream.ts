import type { ServerResponse } from 'node:http';
import { isCoreCacheError } from '../../base/errors.js';
import { toErrorBody } from '../../protocol/error-body.js';
import type { ScanTrailer } from '../../protocol/rest-bodies.js';
import { encodeScanCursor } from '../../protocol/scan-cursor.js';
import type { ScanOptions, StoredEntry } from '../../store/operations.js';
import type { Exchange } from '../exchange.js';
import { writeHead } from '../reply.js';
import { scanItemText, type ItemForm } from './scan-item.js';

export const NDJSON_TYPE = 'application/x-ndjson';
/** Text is collected up to this size before it is written: few system calls, little memory. */
const CHUNK_LENGTH = 64 * 1024;

/**
 * A scan of any length as lines of JSON. Memory stays bounded: when the client takes nothing in, nothing more is read.
 *
 * Every chunk is followed by a turn of the event loop, also when it went out at once, so that a scan served from memory to
 * a fast client lets other requests through. A scan that fails before its first byte is answered as any error is; after
 * it, the last line says what happened. A stream without such a line came to its end.
 */
export async function streamScan(
  exchange: Exchange,
  range: ScanOptions,
  limit: number | undefined,
  form: ItemForm,
): Promise<void> {
  const { services, term } = exchange;
  const options =
    limit === undefined ? range : { ...range, limit: limit === Number.MAX_SAFE_INTEGER ? limit : limit + 1 };
  const lines = new LineWriter(exchange);
  let count = 0;
  let last: StoredEntry | undefined;
  try {
    for await (const entry of services.store.scanEntries(term, options)) {
      if (last !== undefined && count === limit) {
        const trailer: ScanTrailer = {
          cursor: encodeScanCursor({ lastKey: last.key, reverse: range.reverse === true }),
        };
        await lines.write(JSON.stringify(trailer));
        break;
      }
      await lines.write(scanItemText(entry, form));
      if (lines.isAbandoned) return;
      count++;
      last = entry;
    }
    services.gate.requireTerm(term);
  } catch (error) {
    if (!lines.hasBegun || !isCoreCacheError(error)) throw error;
    await lines.write(JSON.stringify(toErrorBody(error) satisfies ScanTrailer));
  }
  lines.end();
}

class LineWriter {
  readonly #exchange: Exchange;
  #text = '';

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get hasBegun(): boolean {
    return this.#exchange.response.headersSent;
  }

  /** The client is gone. */
  get isAbandoned(): boolean {
    return this.#exchange.response.destroyed;
  }

  async write(line: string): Promise<void> {
    this.#text += `${line}\n`;
    if (this.#text.length < CHUNK_LENGTH) return;
    const { response, services } = this.#exchange;
    const hasRoom = this.#flush();
    if (!hasRoom && !response.destroyed) await drainedOrClosed(response);
    await services.environment.clock.nextTurn();
  }

  end(): void {
    this.#flush();
    this.#exchange.response.end();
  }

  #flush(): boolean {
    if (!this.hasBegun) writeHead(this.#exchange, 200, ['Content-Type', NDJSON_TYPE]);
    const text = this.#text;
    this.#text = '';
    return this.#exchange.response.write(text);
  }
}

function drainedOrClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
