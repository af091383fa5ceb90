import { CoreCacheError } from '../base/errors.js';

const DISK_FULL_CODES: readonly string[] = ['ENOSPC', 'EDQUOT'];

/**
 * A failed call of the file system as an operating error: `DISK_FULL` or `IO`, with `path`, `operation` and the system's
 * own code (`ENOENT`, `EIO` …) as data.
 */
export function fileSystemError(operation: string, path: string, systemCode: string, cause?: unknown): CoreCacheError {
  const isFull = DISK_FULL_CODES.includes(systemCode);
  return new CoreCacheError(
    isFull ? 'DISK_FULL' : 'IO',
    `${operation} of ${path} failed: ${isFull ? `no space left (${systemCode})` : systemCode}`,
    { data: { path, operation, systemCode }, cause },
  );
}

/** The same, from what `node:fs` threw. */
export function fromSystemError(operation: string, path: string, error: unknown): CoreCacheError {
  return fileSystemError(operation, path, (error as NodeJS.ErrnoException).code ?? 'UNKNOWN', error);
}
