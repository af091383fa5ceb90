import { SeededRandomness } from './seeded-randomness.js';

/** What of the unsynced state survives a power cut. Asked in a fixed order, so one choice always gives one outcome. */
export interface CrashChoice {
  /** Whether an unsynced change of a name in `directory` reached the device. */
  keepsName(directory: string, name: string): boolean;
  /**
   * Of the unsynced bytes of a file, which survive: called for each piece in turn, from front to back. What does not
   * survive in front of a piece that does reads as zeros.
   */
  keepsBytes(path: string): boolean;
  /** Length of the pieces that live or die together. */
  readonly pieceBytes: number;
  readonly name: string;
}

export const keepNone: CrashChoice = { name: 'none', pieceBytes: 512, keepsName: () => false, keepsBytes: () => false };
export const keepAll: CrashChoice = { name: 'all', pieceBytes: 512, keepsName: () => true, keepsBytes: () => true };

/** Each name and each piece survives with the chance `fraction`; sectors of 512 bytes, or single bytes. */
export function keepSome(seed: number, { fraction = 0.5, pieceBytes = 512 } = {}): CrashChoice {
  const randomness = new SeededRandomness(seed);
  const decide = (): boolean => randomness.fraction() < fraction;
  return { name: `some(seed ${seed}, ${pieceBytes} B)`, pieceBytes, keepsName: decide, keepsBytes: decide };
}
