/** Something that was not as it was written. */
export interface RepairFinding {
  readonly file: string;
  /** Bytes; `undefined` for the whole file. */
  readonly offset: number | undefined;
  readonly what: string;
}

/** What could not be saved. What is not known of it is `undefined`. */
export interface RepairLoss extends RepairFinding {
  readonly bytes: number | undefined;
  /** Log records that stood there. */
  readonly records: number | undefined;
  /** Writes that are in no table and not in the log any more. */
  readonly firstSequence: number | undefined;
  readonly lastSequence: number | undefined;
  /** Keys that may be missing, or show an older value, or be back although deleted. */
  readonly firstKey: Uint8Array | undefined;
  readonly lastKey: Uint8Array | undefined;
}

/** What a repair found and did; of a dry run, what it would do. */
export interface RepairReport {
  readonly directory: string;
  readonly dryRun: boolean;
  /** Empty when all is well; nothing was changed then. */
  readonly found: readonly RepairFinding[];
  /** Empty when everything could be saved. */
  readonly losses: readonly RepairLoss[];
  /** What may be wrong in the result and cannot be told. */
  readonly warnings: readonly string[];
  /** What was done, one line each. */
  readonly actions: readonly string[];
  /** Files that are not in use any more, by their names below the directory; all are in `lostDirectory`. */
  readonly setAside: readonly string[];
  /** `undefined` when nothing had to be set aside. */
  readonly lostDirectory: string | undefined;
}
