import { randomBytes, randomUUID } from 'node:crypto';
import type { Randomness } from './randomness.js';

/** The chance of the machine; `uuid` and `bytes` are fit for secrets. */
export class SystemRandomness implements Randomness {
  uuid(): string {
    return randomUUID();
  }

  fraction(): number {
    return Math.random();
  }

  bytes(length: number): Uint8Array {
    return randomBytes(length);
  }
}
