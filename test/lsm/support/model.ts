import { compareBytes } from '../../../src/base/bytes.js';
import { Entry, Operation } from '../../../src/lsm/entry.js';
import { CursorState, type Cursor } from '../../../src/lsm/iterator/cursor.js';

/** An entry as a value, for comparing. */
export interface Version {
  readonly key: string;
  readonly sequence: number;
  readonly epoch: number;
  readonly operation: Operation;
  readonly writtenAtMs: number;
  readonly expiresAtMs: number;
  readonly contentType: string;
  readonly value: string;
}

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.slice(start, end)).toString('latin1');

export const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

export function versionOf(entry: Entry): Version {
  return {
    key: latin1(entry.keyBytes, entry.keyStart, entry.keyEnd),
    sequence: entry.sequence,
    epoch: entry.epoch,
    operation: entry.operation,
    writtenAtMs: entry.writtenAtMs,
    expiresAtMs: entry.expiresAtMs,
    contentType: entry.contentType,
    value: latin1(entry.valueBytes, entry.valueStart, entry.valueEnd),
  };
}

export function entryOf(version: Version, into = new Entry()): Entry {
  into.keyBytes = bytesOf(version.key);
  into.keyStart = 0;
  into.keyEnd = into.keyBytes.length;
  into.valueBytes = bytesOf(version.value);
  into.valueStart = 0;
  into.valueEnd = into.valueBytes.length;
  into.sequence = version.sequence;
  into.epoch = version.epoch;
  into.operation = version.operation;
  into.writtenAtMs = version.writtenAtMs;
  into.expiresAtMs = version.expiresAtMs;
  into.contentType = version.contentType;
  return into;
}

export function put(key: string, sequence: number, value = `${key}@${sequence}`): Version {
  return {
    key,
    sequence,
    epoch: 1,
    operation: Operation.put,
    writtenAtMs: 1_700_000_000_000 + sequence,
    expiresAtMs: 0,
    contentType: '',
    value,
  };
}

export function del(key: string, sequence: number): Version {
  return { ...put(key, sequence, ''), operation: Operation.delete };
}

/** (key ascending, sequence descending). */
export function inOrder(a: Version, b: Version): number {
  return compareBytes(bytesOf(a.key), bytesOf(b.key)) || b.sequence - a.sequence;
}

/** A small, fast, seeded generator (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below) | 0;
  };
}

/** Random versions without equal (key, sequence), in order. */
export function randomVersions(random: (below: number) => number, count: number, keyCount = count): Version[] {
  const versions: Version[] = [];
  for (let sequence = 1; sequence <= count; sequence++) {
    const key = randomKey(random, keyCount);
    const base = random(5) === 0 ? del(key, sequence) : put(key, sequence, `${'v'.repeat(random(40))}${sequence}`);
    versions.push({
      ...base,
      epoch: random(10) === 0 ? 1 + random(3) : 1,
      writtenAtMs: base.writtenAtMs - random(1000),
      expiresAtMs: base.operation === Operation.put && random(4) === 0 ? 1_700_000_000_000 + random(100_000) : 0,
      contentType: random(6) === 0 ? ['text/plain', 'application/json', 'x/ü'][random(3)]! : '',
    });
  }
  return versions.sort(inOrder);
}

/** Keys with shared prefixes, zeros at their ends, high bytes, and the empty one. */
export function randomKey(random: (below: number) => number, keyCount: number): string {
  const number = random(keyCount);
  switch (number % 6) {
    case 0:
      return `user:profile:${String(number).padStart(8, '0')}`;
    case 1:
      return 'z' + '\0'.repeat(number % 40);
    case 2:
      return String.fromCharCode(number & 0xff, (number >> 4) & 0xff, 0xff);
    case 3:
      return `user:${number}`;
    case 4:
      return '\xff'.repeat(number % 20);
    default:
      return `${'long'.repeat(number % 100)}${number}`;
  }
}

/** The dumb twin of every cursor: a sorted array. A move may come out `unloaded`, by chance. */
export class ArrayCursor implements Cursor {
  readonly entry = new Entry();
  state: CursorState = CursorState.end;
  closed = 0;
  readonly #versions: readonly Version[];
  readonly #isUnloaded: () => boolean;
  #at = -1;

  constructor(versions: readonly Version[], isUnloaded: () => boolean = () => false) {
    this.#versions = versions;
    this.#isUnloaded = isUnloaded;
  }
  seekToFirst(): void {
    this.#move(0);
  }
  seekToLast(): void {
    this.#move(this.#versions.length - 1);
  }
  seek(key: Uint8Array): void {
    const found = this.#versions.findIndex((version) => compareBytes(bytesOf(version.key), key) >= 0);
    this.#move(found < 0 ? this.#versions.length : found);
  }
  seekBefore(key: Uint8Array): void {
    this.#move(this.#versions.findLastIndex((version) => compareBytes(bytesOf(version.key), key) < 0));
  }
  next(): void {
    this.#needReady();
    this.#step(this.#at + 1);
  }
  previous(): void {
    this.#needReady();
    this.#step(this.#at - 1);
  }
  load(): Promise<void> {
    this.loadSync();
    return Promise.resolve();
  }
  loadSync(): void {
    if (this.state !== CursorState.unloaded) throw new Error('nothing to load');
    this.#show();
  }
  close(): void {
    this.closed++;
  }
  #needReady(): void {
    if (this.state !== CursorState.ready) throw new Error('moved without an entry');
  }
  /** By all that the two keys share, or by less. */
  #step(to: number): void {
    const from = this.#versions[this.#at]!;
    const shared = sharedBytes(from.key, this.#versions[to]?.key ?? '');
    this.#move(to);
    this.entry.keyShared = to % 3 === 0 ? shared >>> 1 : shared;
  }
  #move(to: number): void {
    this.#at = to;
    this.entry.keyShared = 0;
    // What it shows until it is loaded is of no use to anyone.
    this.entry.keyEnd = this.entry.keyStart;
    if (this.#isUnloaded()) this.state = CursorState.unloaded;
    else this.#show();
  }
  #show(): void {
    const version = this.#versions[this.#at];
    this.state = version === undefined ? CursorState.end : CursorState.ready;
    if (version !== undefined) entryOf(version, this.entry);
  }
}

function sharedBytes(a: string, b: string): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return shared;
}

/** All that a cursor shows from its first to its last entry. */
export function everything(cursor: Cursor): Version[] {
  const versions: Version[] = [];
  cursor.seekToFirst();
  for (;;) {
    while (cursor.state === CursorState.unloaded) cursor.loadSync();
    if (cursor.state === CursorState.end) return versions;
    versions.push(versionOf(cursor.entry));
    cursor.next();
  }
}

/** Moves both at random and says where they differ; `undefined` when they never do. */
export function firstDifference(
  cursor: Cursor,
  twin: Cursor,
  random: (below: number) => number,
  steps: number,
  keys: readonly string[],
): string | undefined {
  const trail: string[] = [];
  let isAtEnd = true;
  let keyBefore = '';
  for (let step = 0; step < steps; step++) {
    const key = bytesOf(keys[random(keys.length)] ?? 'x');
    const move = isAtEnd ? random(4) : random(24);
    const moves: readonly [string, (on: Cursor) => void][] = [
      ['seekToFirst', (on) => on.seekToFirst()],
      ['seekToLast', (on) => on.seekToLast()],
      [`seek ${key.toString('hex')}`, (on) => on.seek(key)],
      [`seekBefore ${key.toString('hex')}`, (on) => on.seekBefore(key)],
    ];
    // Long stretches one way, and turns.
    const [name, act]: readonly [string, (on: Cursor) => void] =
      moves[move] ??
      ((step >> 4) % 2 === (move === 23 ? 1 : 0) ? ['next', (on) => on.next()] : ['previous', (on) => on.previous()]);
    trail.push(name);
    for (const on of [cursor, twin]) {
      act(on);
      for (let loads = 0; on.state === CursorState.unloaded; loads++) {
        if (loads > 10_000) return `${trail.slice(-5).join(', ')}: never loads`;
        on.loadSync();
      }
    }
    if (cursor.state === CursorState.ready) {
      const { key } = versionOf(cursor.entry);
      const { keyShared } = cursor.entry;
      if (keyShared < 0 || keyShared > sharedBytes(keyBefore, key)) {
        return `${trail.slice(-5).join(', ')}: ${keyShared} bytes of ${key} are not those of ${keyBefore}`;
      }
      keyBefore = key;
    }
    const shown = cursor.state === CursorState.ready ? JSON.stringify(versionOf(cursor.entry)) : 'end';
    const expected = twin.state === CursorState.ready ? JSON.stringify(versionOf(twin.entry)) : 'end';
    if (shown !== expected) return `${trail.slice(-5).join(', ')}: ${shown} instead of ${expected}`;
    isAtEnd = expected === 'end';
  }
  return undefined;
}
