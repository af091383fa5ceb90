import type { ClientOperation } from '../../client/client-types.js';
import type { Piece } from '../formats/piece-splitter.js';
import type { LoadRecord } from '../formats/record.js';

export interface Refusal {
  readonly piece: Piece;
  readonly reason: string;
}

export interface UnitRecord {
  readonly piece: Piece;
  readonly record: LoadRecord;
}

/** A run of pieces of the input that is sent, and done, as one. */
export class LoadUnit {
  readonly records: UnitRecord[] = [];
  readonly refusals: Refusal[] = [];
  expired = 0;
  /** Of keys and values. */
  bytes = 0;
  isDone = false;
  /** The last piece: where the input stands when the unit is done. */
  last: Piece | undefined;

  get isEmpty(): boolean {
    return this.last === undefined;
  }

  add(piece: Piece, record: LoadRecord): void {
    this.records.push({ piece, record });
    this.bytes += record.key.length + record.value.length;
  }
}

/** @param nowMs milliseconds since 1970 */
export function operationOf({ record }: UnitRecord, nowMs: number): ClientOperation {
  const { key, value, ttlMs, expiresAtMs, contentType } = record;
  return {
    type: 'put',
    key,
    value,
    ttlMs: expiresAtMs === undefined ? ttlMs : Math.max(1, expiresAtMs - nowMs),
    contentType,
  };
}
