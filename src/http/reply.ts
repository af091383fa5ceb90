import type { OutgoingHttpHeader } from 'node:http';
import { isCoreCacheError } from '../base/errors.js';
import { toErrorBody } from '../protocol/error-body.js';
import { errorTable } from '../protocol/error-table.js';
import { LEADER_HEADER, SESSION_HEADER, writtenName } from '../protocol/header-names.js';
import { formatEtag } from '../protocol/version-tag.js';
import type { Exchange } from './exchange.js';

/** Headers as name, value, name, value …: the form that Node writes without taking apart. */
export type HeaderList = OutgoingHttpHeader[];

const SESSION_NAME = writtenName(SESSION_HEADER);
const JSON_TYPE = 'application/json; charset=utf-8';
/** When to come back, in seconds, for what passes by itself: an election, a full queue, a log being reopened. */
const RETRY_AFTER_SECONDS = '1';
/** Up to here copying a body costs less than a second piece on the way to the kernel. */
const ONE_WRITE_BYTES_MAX = 16 * 1024;
const SERVER_ERROR = 500;
const retryLater = new Set([429, 503]);

export function replyBytes(exchange: Exchange, status: number, headers: HeaderList, body: Uint8Array | string): void {
  headers.push('Content-Length', Buffer.byteLength(body));
  writeHead(exchange, status, headers);
  if (typeof body === 'string' || body.length > ONE_WRITE_BYTES_MAX) exchange.response.end(body);
  else exchange.response.end(latin1Of(body), 'latin1');
}

/** Every byte as the character of its number. Node joins a string to the head and writes both at once, a buffer apart. */
function latin1Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export function replyEmpty(exchange: Exchange, status: number, headers: HeaderList): void {
  writeHead(exchange, status, headers);
  exchange.response.end();
}

export function replyJson(exchange: Exchange, status: number, body: object, headers: HeaderList = []): void {
  headers.push('Content-Type', JSON_TYPE);
  replyBytes(exchange, status, headers, JSON.stringify(body));
}

/** The first line and the headers. Every answer carries a session token; the last answer of a connection says so. */
export function writeHead({ response, state }: Exchange, status: number, headers: HeaderList): void {
  headers.push(SESSION_NAME, state.sessionTokens.current());
  if (state.isClosing || !response.shouldKeepAlive) headers.push('Connection', 'close');
  response.writeHead(status, headers);
}

/** Status and headers by which HTTP itself tells an error. */
export function errorHead(error: unknown): { status: number; headers: HeaderList } {
  const status = isCoreCacheError(error) ? errorTable[error.code].status : SERVER_ERROR;
  const headers: HeaderList = [];
  if (retryLater.has(status)) headers.push('Retry-After', RETRY_AFTER_SECONDS);
  if (isCoreCacheError(error, 'NOT_LEADER')) headers.push(writtenName(LEADER_HEADER), String(error.data['leader']));
  if (isCoreCacheError(error, 'METHOD_NOT_ALLOWED')) headers.push('Allow', String(error.data['allow']));
  if (isCoreCacheError(error, 'CONDITION_FAILED')) {
    const { currentEpoch: epoch, currentSequence: sequence } = error.data;
    if (typeof epoch === 'number' && typeof sequence === 'number')
      headers.push('ETag', formatEtag({ epoch, sequence }));
  }
  return { status, headers };
}

export function replyError(exchange: Exchange, error: unknown): void {
  const { status, headers } = errorHead(error);
  replyWhole(exchange, status, headers, toErrorBody(error));
}

/** Most bytes of a refused body that are read only to be thrown away, and for how long. */
const LINGER_BYTES_MAX = 1024 * 1024;
const LINGER_MS_MAX = 1000;

/**
 * Answers a request whose body may not have been read. The connection cannot be used again then, and closing it at once
 * would make the kernel send a reset, which can overtake the answer. So the answer goes out whole, then what still comes
 * in is thrown away for a moment, and then the connection is closed.
 */
export function replyWhole(exchange: Exchange, status: number, headers: HeaderList, body: object): void {
  const { request, response, services } = exchange;
  if (request.complete || isBodyless(exchange)) {
    replyJson(exchange, status, body, headers);
    return;
  }
  response.shouldKeepAlive = false;
  const text = JSON.stringify(body);
  headers.push('Content-Type', JSON_TYPE, 'Content-Length', Buffer.byteLength(text));
  writeHead(exchange, status, headers);
  response.write(text);
  let discarded = 0;
  const end = (): void => {
    timer.cancel();
    response.end();
  };
  const timer = services.environment.clock.setTimer(LINGER_MS_MAX, end);
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > LINGER_BYTES_MAX) end();
  });
  request.once('close', end);
  request.once('end', end);
  request.resume();
}

function isBodyless({ request: { headers } }: Exchange): boolean {
  return headers['content-length'] === undefined
    ? headers['transfer-encoding'] === undefined
    : headers['content-length'] === '0';
}
