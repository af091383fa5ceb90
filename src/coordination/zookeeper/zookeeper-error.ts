import type { CoreCacheError } from '../../base/errors.js';
import { coordinationError, type CoordinationReason } from '../coordinator.js';

/** Error codes of ZooKeeper's protocol. What is not here was refused for a reason that CoreCache has no use for. */
const REASONS: ReadonlyMap<number | undefined, CoordinationReason> = new Map<number | undefined, CoordinationReason>([
  [-101, 'NO_NODE'],
  [-103, 'BAD_VERSION'],
  [-110, 'NODE_EXISTS'],
  [-111, 'NOT_EMPTY'],
  // Connection loss, time-out at the server, session expired: what was sent may have been done.
  [-4, 'UNKNOWN'],
  [-7, 'UNKNOWN'],
  [-112, 'UNKNOWN'],
  [undefined, 'UNKNOWN'],
]);

/**
 * What the client's error means. `result` is what came with it: of a failed `multi`, its results, by which the operation
 * that failed is known.
 */
export function fromClientError(what: string, error: { readonly code?: number }, result: unknown): CoreCacheError {
  const { code } = error;
  const operation = Array.isArray(result) ? failedOperation(result as readonly OperationOutcome[]) : undefined;
  return coordinationError(REASONS.get(code) ?? 'REFUSED', what, {
    data: { ...(operation === undefined ? {} : { operation }), ...(code === undefined ? {} : { serverCode: code }) },
    cause: error,
  });
}

interface OperationOutcome {
  readonly err?: number;
}

/** Those before the one that failed say 0, those after it that they did not run. */
function failedOperation(outcomes: readonly OperationOutcome[]): number {
  return outcomes.findIndex(({ err }) => err !== undefined && err !== 0);
}
