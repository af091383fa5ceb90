/**
 * The one closed family of operating errors. A code is stable and public: clients switch on it. What
 * each code means on the wire (HTTP status, whether a retry may help) stands in `protocol/`.
 */
export type ErrorCode =
  // the caller's mistake
  | 'INVALID_ARGUMENT'
  | 'KEY_TOO_LARGE'
  | 'VALUE_TOO_LARGE'
  | 'REQUEST_TOO_LARGE'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'KEY_NOT_FOUND'
  | 'CONDITION_FAILED'
  | 'CONFLICT'
  | 'NOT_A_NUMBER'
  | 'OVERFLOW'
  // the state of the node or of the cluster
  | 'NOT_LEADER'
  | 'NO_LEADER'
  | 'SLOW_DOWN'
  | 'SHUTTING_DOWN'
  | 'OUTCOME_UNKNOWN'
  | 'COORDINATION'
  | 'CLUSTER_MISMATCH'
  // the state of the directory
  | 'LOCKED'
  | 'CLOSED'
  | 'POISONED'
  | 'CORRUPTION'
  | 'NEWER_FORMAT'
  | 'CODEC_MISSING'
  | 'NOT_A_DATABASE'
  | 'DISK_FULL'
  | 'IO'
  // set-up
  | 'SETTINGS'
  | 'INTERNAL';

/** Facts about the error for programs: file, offset, limit, the current ETag, the leader's address. */
export type ErrorData = Readonly<Record<string, string | number | boolean | null>>;

/**
 * An operating error: something that happens to right programs. It has a stable `code`, a message for
 * people that says what was wrong and what is allowed, `data` for programs, and the `cause`.
 */
export class CoreCacheError extends Error {
  override readonly name = 'CoreCacheError';
  readonly code: ErrorCode;
  readonly data: ErrorData;

  constructor(code: ErrorCode, message: string, options: { data?: ErrorData; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.data = options.data ?? {};
  }
}

export function isCoreCacheError(error: unknown, code?: ErrorCode): error is CoreCacheError {
  return error instanceof CoreCacheError && (code === undefined || error.code === code);
}

/** Bytes on disk that cannot be what we wrote. Carries the file and, where one is known, the offset in bytes. */
export function corruption(file: string, offset: number | undefined, what: string, cause?: unknown): CoreCacheError {
  const data: ErrorData = offset === undefined ? { file } : { file, offset };
  return new CoreCacheError('CORRUPTION', `${placeOf(data)}: ${what}`, { data, cause });
}

/** As `messageOf`, for a report that tells file and offset by themselves: without them in front. */
export function reasonOf(error: unknown): string {
  const message = messageOf(error);
  const place = isCoreCacheError(error) ? `${placeOf(error.data)}: ` : '';
  return message.startsWith(place) ? message.slice(place.length) : message;
}

function placeOf({ file, offset }: ErrorData): string {
  return offset === undefined ? String(file) : `${String(file)} at offset ${String(offset)}`;
}

/** What went wrong, in words, for a log line or a message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
