/** What is wrong with one file. */
export interface TreeProblem {
  readonly file: string;
  readonly offset: number | undefined;
  readonly what: string;
}

export interface TreeVerifyReport {
  readonly filesChecked: number;
  readonly entriesChecked: number;
  /** Empty when all is well. */
  readonly problems: readonly TreeProblem[];
}
