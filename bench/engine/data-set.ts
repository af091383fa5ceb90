const VALUE_BYTES_MIN = 9;
/** As many bytes of a value come twice, one after the other: few beside a value of 100 bytes. */
const REPEATED_BYTES = 16;

/**
 * The same keys, values and orders for every engine: keys are decimal numbers padded with zeros to 16 bytes; a value
 * carries its key's number and the round it was written in, then bytes of which half look random and half repeat those, so
 * that every read is checked, and an engine that compresses gets to about half.
 */
export class DataSet {
  readonly keyCount: number;
  readonly keyBytes = 16;
  readonly #valueBytes: number;
  readonly #noise: Uint8Array;

  /** @throws Error when a value has no room for its key's number, its round, and a byte of its own */
  constructor(keyCount: number, valueBytes = 100) {
    if (valueBytes < VALUE_BYTES_MIN)
      throw new Error(`values take ${VALUE_BYTES_MIN} bytes or more, got ${valueBytes}`);
    this.keyCount = keyCount;
    this.#valueBytes = valueBytes;
    this.#noise = noise(64 * 1024 + valueBytes);
  }

  /** Key and value. */
  get entryBytes(): number {
    return this.keyBytes + this.#valueBytes;
  }

  /** Fewer keys with values of this size, as many bytes of values together as all keys with values of 100 bytes. */
  withValuesOf(valueBytes: number): DataSet {
    return new DataSet(Math.max(1, Math.floor((this.keyCount * 100) / valueBytes)), valueBytes);
  }

  key(index: number): Uint8Array {
    const key = Buffer.allocUnsafe(this.keyBytes);
    let rest = index | 0;
    for (let i = this.keyBytes - 1; i >= 0; i--) {
      const tenth = (rest / 10) | 0;
      key[i] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    return key;
  }

  /** A key that is never written, in the midst of those that are. */
  missingKey(index: number): Uint8Array {
    const key = this.key(index);
    key.copyWithin(0, 1);
    key[this.keyBytes - 1] = 0x78;
    return key;
  }

  value(index: number, round: number): Uint8Array {
    const from = (index * 131 + round * 7919) % (64 * 1024);
    const value = Buffer.allocUnsafe(this.#valueBytes);
    value.set(new Uint8Array(this.#noise.buffer, from, this.#valueBytes));
    writeNumber(value, 0, index);
    writeNumber(value, 4, round);
    return value;
  }

  /** @throws Error when a read did not return what was written for this key, in whichever round */
  check(index: number, value: Uint8Array | undefined): void {
    if (value?.length !== this.#valueBytes) throw new Error(`key ${index}: read ${value?.length ?? 'no'} bytes`);
    const read = numberAt(value, 0);
    if (read !== index) throw new Error(`key ${index}: read the value of key ${read}`);
    const from = (index * 131 + numberAt(value, 4) * 7919) % (64 * 1024);
    const last = this.#valueBytes - 1;
    if (value[last] !== this.#noise[from + last]) throw new Error(`key ${index}: read a damaged value`);
  }

  /** @throws Error when a scan did not return this key, by its length and last digit, with a value written for it */
  checkEntry(index: number, key: Uint8Array, value: Uint8Array): void {
    if (key.length !== this.keyBytes || key[this.keyBytes - 1] !== 0x30 + (index % 10))
      throw new Error(`key ${index}: read the key ${Buffer.from(key).toString('latin1')}`);
    this.check(index, value);
  }

  /**
   * Every index once, in an order that is the same for every engine.
   * @param order of all keys, which is not needed any more and becomes this one; a new one when absent
   */
  shuffled(seed: number, order: Uint32Array = new Uint32Array(this.keyCount)): Uint32Array {
    for (let i = 0; i < order.length; i++) order[i] = i;
    const random = sequenceOf(seed);
    for (let i = order.length - 1; i > 0; i--) {
      const j = random() % (i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

/** xorshift32: small, seeded, good enough to spread accesses. */
export function sequenceOf(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** 32 bits, little-endian. By hand: a view of each value would take longer than some engines take for a read of it. */
function writeNumber(bytes: Uint8Array, at: number, number: number): void {
  bytes[at] = number;
  bytes[at + 1] = number >>> 8;
  bytes[at + 2] = number >>> 16;
  bytes[at + 3] = number >>> 24;
}

function numberAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function noise(length: number): Uint8Array {
  const random = sequenceOf(42);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const isRepeated = i % (2 * REPEATED_BYTES) >= REPEATED_BYTES;
    bytes[i] = isRepeated ? bytes[i - REPEATED_BYTES]! : random() & 0xff;
  }
  return bytes;
}
