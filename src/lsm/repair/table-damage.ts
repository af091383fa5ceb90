/** Something wrong with a table. */
export interface TableDamage {
  readonly file: string;
  readonly offset: number | undefined;
  readonly bytes: number | undefined;
  readonly what: string;
  /** Entries are lost with it; otherwise all of them can be read all the same. */
  readonly isLoss: boolean;
  /** Keys from the first, which is excluded where it is the end of the block before, through the last. */
  readonly firstKey: Uint8Array | undefined;
  readonly lastKey: Uint8Array | undefined;
}

/** A damage that costs no entry. */
export function harmless(file: string, what: string): TableDamage {
  return { file, offset: undefined, bytes: undefined, what, isLoss: false, firstKey: undefined, lastKey: undefined };
}
