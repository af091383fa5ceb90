import { CoreCacheError, isCoreCacheError, type ErrorData } from '../base/errors.js';
import { errorTable, isErrorCode } from './error-table.js';

/** The one JSON shape of an error. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly retryable: boolean;
    /** Facts for programs, such as the limit that was passed. Absent when there are none, and in errors of the server. */
    readonly data?: ErrorData;
  };
}

const SERVER_ERROR = 500;

/**
 * What a client is told of an error. Facts about the server's own troubles (paths, system codes) stay in its log, and an
 * error that is not of our family is told as `INTERNAL` without its message.
 */
export function toErrorBody(error: unknown): ErrorBody {
  if (!isCoreCacheError(error)) {
    return { error: { code: 'INTERNAL', message: 'internal error; the log of the node has more', retryable: false } };
  }
  const { status, retryable } = errorTable[error.code];
  const shared = { code: error.code, message: error.message, retryable };
  const tellData = status < SERVER_ERROR && Object.keys(error.data).length > 0;
  return { error: tellData ? { ...shared, data: error.data } : shared };
}

/**
 * The error that a response carries, as the client throws it. A body that is not ours (a proxy's page) becomes
 * `INTERNAL`, or `NO_LEADER` for the statuses by which proxies say that nobody answered.
 */
export function fromErrorBody(status: number, body: unknown): CoreCacheError {
  const told = toldError(body);
  if (told !== undefined) return told;
  const nobodyAnswered = status === 502 || status === 503;
  return new CoreCacheError(nobodyAnswered ? 'NO_LEADER' : 'INTERNAL', `the server answered with status ${status}`, {
    data: { status },
  });
}

function toldError(body: unknown): CoreCacheError | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) return undefined;
  const { code, message } = error;
  if (typeof code !== 'string' || typeof message !== 'string' || !isErrorCode(code)) return undefined;
  return new CoreCacheError(code, message, 'data' in error && isErrorData(error.data) ? { data: error.data } : {});
}

function isErrorData(value: unknown): value is ErrorData {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((fact) => fact === null || ['string', 'number', 'boolean'].includes(typeof fact))
  );
}
