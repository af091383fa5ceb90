/** Reads that may be under way at one time. */
export const RING_SLOTS = 128;
/** The longest read that goes through the ring: a data block of usual size, with room. */
export const RING_READ_BYTES_MAX = 8 * 1024;

/**
 * What an event loop and its read thread share: a ring of slots, each with the memory that its read goes into.
 *
 * The event loop fills slot `submitted` and then raises `submitted`; the thread does the reads in that order and raises
 * `done` after each. Both counts only grow (modulo 2^32), and each has one writer, so that no slot is ever written by
 * one side while the other looks at it.
 */
export class ReadRing {
  readonly shared: SharedArrayBuffer;
  readonly #counts: Int32Array;
  readonly #slots: Float64Array;
  readonly #bytes: Uint8Array;

  constructor(shared = new SharedArrayBuffer(COUNTS_BYTES + RING_SLOTS * (SLOT_NUMBERS * 8 + RING_READ_BYTES_MAX))) {
    this.shared = shared;
    this.#counts = new Int32Array(shared, 0, COUNTS_BYTES / 4);
    this.#slots = new Float64Array(shared, COUNTS_BYTES, RING_SLOTS * SLOT_NUMBERS);
    this.#bytes = new Uint8Array(shared, COUNTS_BYTES + RING_SLOTS * SLOT_NUMBERS * 8);
  }

  get submitted(): number {
    return Atomics.load(this.#counts, Count.submitted);
  }

  get done(): number {
    return Atomics.load(this.#counts, Count.done);
  }

  /** What a read took lately, in microseconds: a running mean. */
  get meanReadUs(): number {
    return Atomics.load(this.#counts, Count.meanReadUs);
  }

  set meanReadUs(us: number) {
    Atomics.store(this.#counts, Count.meanReadUs, us);
  }

  /** For the event loop, when a slot is free. */
  submit(fd: number, length: number, position: number): void {
    const number = this.submitted;
    const at = slotOf(number) * SLOT_NUMBERS;
    this.#slots[at] = fd;
    this.#slots[at + 1] = length;
    this.#slots[at + 2] = position;
    Atomics.store(this.#counts, Count.submitted, number + 1);
  }

  /** For the thread: does read `number` by `read`, which returns the bytes read, or a negative number when it failed. */
  perform(
    number: number,
    read: (fd: number, target: Uint8Array, offset: number, length: number, at: number) => number,
  ): void {
    const slot = slotOf(number);
    const at = slot * SLOT_NUMBERS;
    const slots = this.#slots;
    slots[at + 3] = read(slots[at]!, this.#bytes, slot * RING_READ_BYTES_MAX, slots[at + 1]!, slots[at + 2]!);
    Atomics.store(this.#counts, Count.done, number + 1);
  }

  /** For the event loop: copies out what read `number` got, and returns how much; negative when it failed. */
  take(number: number, target: Uint8Array): number {
    const slot = slotOf(number);
    const length = this.#slots[slot * SLOT_NUMBERS + 3]!;
    const start = COUNTS_BYTES + RING_SLOTS * SLOT_NUMBERS * 8 + slot * RING_READ_BYTES_MAX;
    if (length > 0) target.set(new Uint8Array(this.shared, start, length));
    return length;
  }
}

const Count = { submitted: 0, done: 1, meanReadUs: 2 } as const;
const COUNTS_BYTES = 64;
/** Descriptor, length, position, result. */
const SLOT_NUMBERS = 4;

function slotOf(number: number): number {
  return (number >>> 0) % RING_SLOTS;
}
