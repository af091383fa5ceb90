/** How far a load has come, in its input, and what became of it: everything up to here is acknowledged or refused. */
export interface LoadPosition {
  /** Bytes of the unpacked input. */
  readonly offset: number;
  /** CRC-32 of them. */
  readonly checksum: number;
  /** Records that were written and acknowledged. */
  readonly loaded: number;
  readonly refused: number;
  /** Records whose time had passed: there was nothing to write. */
  readonly expired: number;
}

export const startOfLoad: LoadPosition = { offset: 0, checksum: 0, loaded: 0, refused: 0, expired: 0 };
