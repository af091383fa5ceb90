import type { ErrorCode } from '../base/errors.js';

/** What the process says when it ends. The numbers are public: scripts switch on them. */
export const ExitCode = {
  done: 0,
  /** Anything that has no number of its own. */
  failed: 1,
  /** Wrong command, flag, argument or setting. */
  usage: 2,
  /** The key has no value. */
  notFound: 3,
  /** `--ifMatch` or `--ifNoneMatch` did not hold. */
  conditionFailed: 4,
  /** No node answered, or none leads; nothing was done. */
  unavailable: 5,
  /** The write may have happened or not. */
  outcomeUnknown: 6,
  /** `load` ended, and some records were refused. */
  refused: 7,
  /** Bytes on disk are not what was written. */
  damaged: 8,
  /** Stopped by SIGINT. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const byError: Partial<Record<ErrorCode, ExitCode>> = {
  INVALID_ARGUMENT: ExitCode.usage,
  SETTINGS: ExitCode.usage,
  KEY_NOT_FOUND: ExitCode.notFound,
  CONDITION_FAILED: ExitCode.conditionFailed,
  NO_LEADER: ExitCode.unavailable,
  NOT_LEADER: ExitCode.unavailable,
  SHUTTING_DOWN: ExitCode.unavailable,
  SLOW_DOWN: ExitCode.unavailable,
  COORDINATION: ExitCode.unavailable,
  OUTCOME_UNKNOWN: ExitCode.outcomeUnknown,
  CORRUPTION: ExitCode.damaged,
};

export function exitCodeOf(code: ErrorCode): ExitCode {
  return byError[code] ?? ExitCode.failed;
}
