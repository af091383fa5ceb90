import { SeededRandomness } from '../../src/env/simulated/seeded-randomness.js';

/** Draws for tests; a seed names a whole run. */
export class Random {
  readonly #source: SeededRandomness;

  constructor(seed: number) {
    this.#source = new SeededRandomness(seed);
  }

  /** 0 … limit - 1 */
  below(limit: number): number {
    return Math.floor(this.#source.fraction() * limit);
  }

  chance(probability: number): boolean {
    return this.#source.fraction() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  bytes(length: number): Uint8Array {
    return this.#source.bytes(length);
  }
}
