import { compareBytes, startsWith } from '../../src/base/bytes.js';
import type { EntryVersion, ScanOptions, VersionCondition } from '../../src/store/operations.js';

export interface TwinEntry extends EntryVersion {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly writtenAtMs: number;
  readonly expiresAtMs: number;
  readonly contentType: string;
}

/** What a database should hold, as plainly as it can be said. Immutable states, so that a snapshot is a reference. */
export class Twin {
  readonly #entries: ReadonlyMap<string, TwinEntry>;

  constructor(entries: ReadonlyMap<string, TwinEntry> = new Map()) {
    this.#entries = entries;
  }

  with(changes: readonly (TwinEntry | { readonly key: Uint8Array; readonly value?: undefined })[]): Twin {
    const entries = new Map(this.#entries);
    for (const change of changes) {
      const name = nameOf(change.key);
      if (change.value === undefined) entries.delete(name);
      else entries.set(name, change);
    }
    return new Twin(entries);
  }

  get(key: Uint8Array, nowMs: number): TwinEntry | undefined {
    const entry = this.#entries.get(nameOf(key));
    return entry !== undefined && isAlive(entry, nowMs) ? entry : undefined;
  }

  holds(key: Uint8Array, condition: VersionCondition, nowMs: number): boolean {
    const current = this.get(key, nowMs);
    if (condition === 'absent') return current === undefined;
    if (condition === 'present') return current !== undefined;
    return current?.epoch === condition.epoch && current.sequence === condition.sequence;
  }

  /** What the key counts to with the step, or the code of the error. */
  increased(key: Uint8Array, by: number | bigint, nowMs: number): bigint | 'NOT_A_NUMBER' | 'OVERFLOW' {
    const current = this.get(key, nowMs);
    const text = current === undefined ? '0' : Buffer.from(current.value).toString('latin1');
    const isWritten = /^-?[0-9]{1,19}$/.test(text) && BigInt(text).toString() === text;
    if (!isWritten || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) return 'NOT_A_NUMBER';
    const sum = BigInt(text) + BigInt(by);
    return BigInt.asIntN(64, sum) === sum ? sum : 'OVERFLOW';
  }

  scan(options: ScanOptions, nowMs: number): TwinEntry[] {
    const { gt, gte, lt, lte, prefix } = options;
    const found = [...this.#entries.values()]
      .filter((entry) => isAlive(entry, nowMs))
      .filter(({ key }) => gt === undefined || compareBytes(key, gt) > 0)
      .filter(({ key }) => gte === undefined || compareBytes(key, gte) >= 0)
      .filter(({ key }) => lt === undefined || compareBytes(key, lt) < 0)
      .filter(({ key }) => lte === undefined || compareBytes(key, lte) <= 0)
      .filter(({ key }) => prefix === undefined || startsWith(key, prefix))
      .sort((a, b) => compareBytes(a.key, b.key));
    if (options.reverse === true) found.reverse();
    return options.limit === undefined ? found : found.slice(0, options.limit);
  }
}

function isAlive(entry: TwinEntry, nowMs: number): boolean {
  return entry.expiresAtMs === 0 || entry.expiresAtMs > nowMs;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}
