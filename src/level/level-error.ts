import { CoreCacheError, type ErrorCode } from '../base/errors.js';

/** An error as users of Level expect it: they switch on `code`. What CoreCache said is its `cause`. */
export class LevelError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = code === 'LEVEL_ABORTED' ? 'AbortError' : 'LevelError';
    this.code = code;
  }
}

/** The codes of `abstract-level` and `classic-level`, by what they are called here; others are `LEVEL_UNKNOWN`. */
const codes: Partial<Record<ErrorCode, string>> = {
  LOCKED: 'LEVEL_LOCKED',
  CORRUPTION: 'LEVEL_CORRUPTION',
  NEWER_FORMAT: 'LEVEL_CORRUPTION',
  IO: 'LEVEL_IO_ERROR',
  DISK_FULL: 'LEVEL_IO_ERROR',
  POISONED: 'LEVEL_IO_ERROR',
  OUTCOME_UNKNOWN: 'LEVEL_IO_ERROR',
  KEY_TOO_LARGE: 'LEVEL_INVALID_KEY',
  VALUE_TOO_LARGE: 'LEVEL_INVALID_VALUE',
  REQUEST_TOO_LARGE: 'LEVEL_INVALID_BATCH',
  NOT_A_DATABASE: 'LEVEL_INVALID_ARGUMENT',
  CONFLICT: 'LEVEL_INVALID_ARGUMENT',
  INVALID_ARGUMENT: 'LEVEL_INVALID_ARGUMENT',
  CLOSED: 'LEVEL_DATABASE_NOT_OPEN',
};

/** What was caught, with a code of Level's. What is no operating error stays what it is. */
export function levelError(caught: unknown): unknown {
  if (!(caught instanceof CoreCacheError)) return caught;
  return new LevelError(codes[caught.code] ?? 'LEVEL_UNKNOWN', caught.message, caught);
}
