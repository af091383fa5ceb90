/** What is wrong with one file. */
export interface Problem {
  readonly file: string;
  readonly offset: number | undefined;
  readonly what: string;
}
