/**
 * Numbers that must not be mixed up. Each is a plain number at run time; the brand exists for the compiler.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/**
 * Position of a record in one partition's history: 1, 2, 3 …; a safe integer, never reused within an epoch's history. 0
 * is "before the first".
 */
export type Sequence = Branded<'Sequence'>;
/** Leadership number of a partition; rises each time a leader is named. */
export type Epoch = Branded<'Epoch'>;
/** Names a file of one tree; rises, never reused. */
export type FileNumber = Branded<'FileNumber'>;
/** Names a slice of the key space. */
export type PartitionId = Branded<'PartitionId'>;

export function toSequence(value: number): Sequence {
  return checked(value, 'sequence') as Sequence;
}
export function toEpoch(value: number): Epoch {
  return checked(value, 'epoch') as Epoch;
}
export function toFileNumber(value: number): FileNumber {
  return checked(value, 'file number') as FileNumber;
}
export function toPartitionId(value: number): PartitionId {
  return checked(value, 'partition') as PartitionId;
}

/** @throws RangeError unless `value` is a safe integer of 0 or more */
function checked(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${what} must be a safe integer >= 0, got ${value}`);
  return value;
}
