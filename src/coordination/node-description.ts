/** What a node says of itself. */
export interface NodeDescription {
  readonly nodeId: string;
  /** Of its data directory, for ever. */
  readonly storeUuid: string;
  /** Of this process. */
  readonly bootId: string;
  readonly url: string;
  readonly version: string;
}
