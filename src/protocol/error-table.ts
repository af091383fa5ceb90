import type { ErrorCode } from '../base/errors.js';

/** What an error code means on the wire. */
export interface ErrorMeaning {
  /** HTTP status. */
  readonly status: number;
  /** First word of the RESP error line. */
  readonly resp: string;
  /** The same request, sent again later, may succeed, and sending it again does no harm. */
  readonly retryable: boolean;
}

/**
 * The one table of errors on the wire. Every code has its line: the type leaves none out. `OUTCOME_UNKNOWN` is not
 * retryable: the write may have happened, so whether to send it again is for the client to decide.
 */
export const errorTable: Readonly<Record<ErrorCode, ErrorMeaning>> = {
  INVALID_ARGUMENT: { status: 400, resp: 'ERR', retryable: false },
  KEY_TOO_LARGE: { status: 400, resp: 'ERR', retryable: false },
  VALUE_TOO_LARGE: { status: 413, resp: 'ERR', retryable: false },
  REQUEST_TOO_LARGE: { status: 413, resp: 'ERR', retryable: false },
  FORBIDDEN: { status: 403, resp: 'NOPERM', retryable: false },
  NOT_FOUND: { status: 404, resp: 'ERR', retryable: false },
  METHOD_NOT_ALLOWED: { status: 405, resp: 'ERR', retryable: false },
  KEY_NOT_FOUND: { status: 404, resp: 'ERR', retryable: false },
  CONDITION_FAILED: { status: 412, resp: 'CONDITION', retryable: false },
  CONFLICT: { status: 409, resp: 'CONFLICT', retryable: true },
  NOT_A_NUMBER: { status: 409, resp: 'ERR', retryable: false },
  OVERFLOW: { status: 409, resp: 'ERR', retryable: false },
  NOT_LEADER: { status: 421, resp: 'MOVED', retryable: true },
  NO_LEADER: { status: 503, resp: 'CLUSTERDOWN', retryable: true },
  SLOW_DOWN: { status: 429, resp: 'BUSY', retryable: true },
  SHUTTING_DOWN: { status: 503, resp: 'LOADING', retryable: true },
  OUTCOME_UNKNOWN: { status: 504, resp: 'UNKNOWN', retryable: false },
  COORDINATION: { status: 503, resp: 'CLUSTERDOWN', retryable: true },
  CLUSTER_MISMATCH: { status: 500, resp: 'ERR', retryable: false },
  LOCKED: { status: 503, resp: 'LOADING', retryable: true },
  CLOSED: { status: 503, resp: 'LOADING', retryable: true },
  POISONED: { status: 503, resp: 'MISCONF', retryable: true },
  CORRUPTION: { status: 500, resp: 'MISCONF', retryable: false },
  NEWER_FORMAT: { status: 500, resp: 'MISCONF', retryable: false },
  CODEC_MISSING: { status: 500, resp: 'MISCONF', retryable: false },
  NOT_A_DATABASE: { status: 500, resp: 'MISCONF', retryable: false },
  DISK_FULL: { status: 503, resp: 'OOM', retryable: true },
  IO: { status: 500, resp: 'MISCONF', retryable: false },
  SETTINGS: { status: 500, resp: 'ERR', retryable: false },
  INTERNAL: { status: 500, resp: 'ERR', retryable: false },
};

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorTable, text);
}
