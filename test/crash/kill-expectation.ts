import { changesOf, COUNTER, WRITERS } from './kill-workload.js';

/**
 * What must be in a database whose writer was killed. Writes are called in the order of their numbers, and the log keeps
 * that order, so what is found is what was there before and then a prefix of the writes: at least to the last that was
 * acknowledged, at most to the last that can have been called. A lost write, half a batch, or a value out of nowhere is
 * no prefix.
 */
export class KillExpectation {
  #state: ReadonlyMap<string, string> = new Map();
  /** The number with which the process began whose writes are being acknowledged. */
  #first = 1;
  #lastAcknowledged = 0;
  #counted = 0;

  /** The number with which the next process begins: behind everything that can have been called. */
  get nextNumber(): number {
    return this.#lastAcknowledged + WRITERS + 1;
  }

  acknowledge(number: number): void {
    this.#lastAcknowledged = Math.max(this.#lastAcknowledged, number);
  }

  /** The process was told that the counter stands at `value`. */
  counted(value: number): void {
    this.#counted = value;
  }

  /** Takes what was found as what is there from now on. Returns what is wrong with it. */
  settle(all: ReadonlyMap<string, string>): string[] {
    const found = new Map(all);
    const counter = Number(found.get(COUNTER) ?? 0);
    found.delete(COUNTER);
    // One increment is in flight at a time, and the counter never misses one that was told.
    const isCounted = counter === this.#counted || counter === this.#counted + 1;
    const miscounted = isCounted ? [] : [`${COUNTER}: acknowledged ${this.#counted}, found ${counter}`];
    this.#counted = counter;
    const state = new Map(this.#state);
    for (let number = this.#first; number <= this.#lastAcknowledged; number++) apply(state, number);
    const least = new Map(state);
    let isPrefix = equal(state, found);
    for (let more = 1; more <= WRITERS && !isPrefix; more++) {
      apply(state, this.#lastAcknowledged + more);
      isPrefix = equal(state, found);
    }
    this.#state = found;
    this.#first = this.nextNumber;
    this.#lastAcknowledged = this.#first - 1;
    return isPrefix ? miscounted : [...miscounted, ...differences(least, found)];
  }
}

function apply(state: Map<string, string>, number: number): void {
  for (const { key, value } of changesOf(number)) {
    if (value === undefined) state.delete(key);
    else state.set(key, value);
  }
}

function equal(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

function differences(expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): string[] {
  return [...new Set([...expected.keys(), ...found.keys()])]
    .filter((key) => expected.get(key) !== found.get(key))
    .map((key) => `${key}: acknowledged ${expected.get(key) ?? 'nothing'}, found ${found.get(key) ?? 'nothing'}`);
}
