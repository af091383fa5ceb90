/** The door to chance. Tests give a seeded one. */
export interface Randomness {
  /** A random version 4 UUID. */
  uuid(): string;
  /** Uniform in [0, 1). */
  fraction(): number;
  bytes(length: number): Uint8Array;
}
