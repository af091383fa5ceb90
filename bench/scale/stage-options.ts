import type { EngineName } from '../engine/engine.js';

/** The database that a stage is about. */
export interface StageOptions {
  readonly engine: EngineName;
  readonly directory: string;
  readonly keyCount: number;
  readonly valueBytes: number;
  /** Of the engine's own kind. */
  readonly compression: boolean;
}
