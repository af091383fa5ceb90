import { copyOf } from '../../base/bytes.js';
import { CoreCacheError } from '../../base/errors.js';
import { hashKey } from '../../base/hash.js';
import { NEVER_EXPIRES, Operation } from '../../lsm/entry.js';
import type { EntryVersion, VersionCondition, WriteOperation, WriteOptions } from '../operations.js';

/** The newest version of a key, a delete or an expired value included. */
export interface KeyState extends EntryVersion {
  readonly operation: Operation;
  readonly expiresAtMs: number;
  readonly contentType: string;
  /**
   * A window: of the write's own payload, of a block, or of a memtable and then good for this turn. Meant for those who
   * derive a value from it; for others it may be the reference to a value that is kept apart.
   */
  readonly valueBytes: Uint8Array;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A key whose present state a write must know: for its condition, or to report what it replaced. */
export class KeyCheck {
  readonly key: Uint8Array;
  readonly hash: number;
  readonly condition: VersionCondition | undefined;
  /** What the tree said, when it was asked; `undefined` for a key it does not have. */
  stored: KeyState | undefined = undefined;

  constructor(key: Uint8Array, condition: VersionCondition | undefined) {
    this.key = copyOf(key, 0, key.length);
    this.hash = hashKey(key);
    this.condition = condition;
  }
}

/**
 * The checks of a batch: one for each operation when replaced versions are asked for, otherwise for those with a condition;
 * `undefined` when there are none. All look at the state before the batch, also when a key is in it twice.
 */
export function checksOf(
  operations: readonly WriteOperation[],
  options: WriteOptions | undefined,
): readonly KeyCheck[] | undefined {
  const all = options?.reportReplaced === true;
  let checks: KeyCheck[] | undefined;
  for (const { key, ifVersion } of operations) {
    if (all || ifVersion !== undefined) (checks ??= []).push(new KeyCheck(key, ifVersion));
  }
  return checks;
}

/** The version that a reader would see at `nowMs`; `undefined` when the key has no value. */
export function visibleVersion(state: KeyState | undefined, nowMs: number): EntryVersion | undefined {
  const visible = visibleState(state, nowMs);
  return visible && { epoch: visible.epoch, sequence: visible.sequence };
}

/** The state that a reader would see at `nowMs`; `undefined` when the key has no value. */
export function visibleState(state: KeyState | undefined, nowMs: number): KeyState | undefined {
  if (state === undefined || state.operation === Operation.delete) return undefined;
  return state.expiresAtMs !== NEVER_EXPIRES && state.expiresAtMs <= nowMs ? undefined : state;
}

export function holds(condition: VersionCondition, current: EntryVersion | undefined): boolean {
  if (condition === 'absent') return current === undefined;
  if (condition === 'present') return current !== undefined;
  return current?.epoch === condition.epoch && current.sequence === condition.sequence;
}

/** `CONDITION_FAILED` with the present version in `data`, both parts null when there is none. */
export function conditionFailed(condition: VersionCondition, current: EntryVersion | undefined): CoreCacheError {
  const is = current === undefined ? 'has no value' : `has version ${current.epoch}-${current.sequence}`;
  const wanted = typeof condition === 'string' ? condition : `${condition.epoch}-${condition.sequence}`;
  return new CoreCacheError('CONDITION_FAILED', `the key ${is}; the write asked for: ${wanted}`, {
    data: { currentEpoch: current?.epoch ?? null, currentSequence: current?.sequence ?? null },
  });
}
