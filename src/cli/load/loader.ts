import { isCoreCacheError, type ErrorCode } from '../../base/errors.js';
import type { Clock } from '../../env/clock.js';
import type { InputFormat } from '../formats/input-format.js';
import { PIECE_BYTES_MAX, type Piece } from '../formats/piece-splitter.js';
import { RefusedRecord } from '../formats/record.js';
import type { Target } from '../target/target.js';
import { startOfLoad, type LoadPosition } from './load-position.js';
import { LoadUnit, operationOf, type Refusal, type UnitRecord } from './load-unit.js';

export interface LoaderOptions {
  readonly format: InputFormat;
  /** Requests in flight at once. */
  readonly concurrency: number;
  /** Records in a request. */
  readonly batchSize: number;
  /** Called for refused records, in the order of the input, as the position moves past them. */
  readonly onRefused: (refusal: Refusal) => void;
}

/** Keys and values in flight: enough to keep a server busy with large values, little enough to hold. */
const BYTES_IN_FLIGHT_MAX = 64 * 1024 * 1024;

/** The record is at fault, and would be again. All other errors end the load. */
const refusalCodes: readonly ErrorCode[] = [
  'INVALID_ARGUMENT',
  'KEY_TOO_LARGE',
  'VALUE_TOO_LARGE',
  'REQUEST_TOO_LARGE',
];

/**
 * Writes the records of an input into a target, many at once, and knows up to where all is done.
 *
 * Units are sent out of order and may be done out of order; `position` is the end of the unbroken run of done ones from the
 * start, so what it says survives a crash at any moment. A unit that writes a key which is in flight already waits: of two
 * records with one key, the later one stays.
 */
export class Loader {
  readonly #target: Target;
  readonly #clock: Clock;
  readonly #options: LoaderOptions;
  readonly #queue: LoadUnit[] = [];
  readonly #keysInFlight = new Set<string>();
  #requestsInFlight = 0;
  #bytesInFlight = 0;
  #position: LoadPosition;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(target: Target, clock: Clock, options: LoaderOptions, from: LoadPosition = startOfLoad) {
    this.#target = target;
    this.#clock = clock;
    this.#options = options;
    this.#position = from;
  }

  get position(): LoadPosition {
    return this.#position;
  }

  /**
   * Ends when the pieces do, when `stop` aborts or when something fails; what is in flight then is waited for first.
   * @param onProgress called often, as the load moves on; the load waits for it
   * @throws CoreCacheError of the target, when it is not the record's fault
   */
  async run(pieces: AsyncIterable<Piece>, stop: AbortSignal, onProgress: () => Promise<void>): Promise<void> {
    let unit = new LoadUnit();
    try {
      for await (const piece of pieces) {
        if (stop.aborted || this.#failure !== undefined) break;
        this.#take(piece, unit);
        if (unit.records.length < this.#options.batchSize) continue;
        await this.#dispatch(unit);
        unit = new LoadUnit();
        await onProgress();
      }
      if (!unit.isEmpty && !stop.aborted) await this.#dispatch(unit);
    } finally {
      while (this.#requestsInFlight > 0) await this.#nextDone();
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #take(piece: Piece, unit: LoadUnit): void {
    unit.last = piece;
    try {
      if (piece.isTooLong) throw new RefusedRecord(`longer than ${PIECE_BYTES_MAX} bytes`);
      const record = this.#options.format.parse(piece.bytes);
      if (record === undefined) return;
      if (record.expiresAtMs !== undefined && record.expiresAtMs <= this.#clock.now()) unit.expired++;
      else unit.add(piece, record);
    } catch (error) {
      if (!(error instanceof RefusedRecord)) throw error;
      unit.refusals.push({ piece, reason: error.message });
    }
  }

  async #dispatch(unit: LoadUnit): Promise<void> {
    const keys = new Set(unit.records.map(({ record }) => Buffer.from(record.key).toString('latin1')));
    while (!this.#hasRoomFor(unit, keys)) await this.#nextDone();
    if (this.#failure !== undefined) return;
    this.#queue.push(unit);
    for (const key of keys) this.#keysInFlight.add(key);
    this.#requestsInFlight++;
    this.#bytesInFlight += unit.bytes;
    const done = (): void => {
      for (const key of keys) this.#keysInFlight.delete(key);
      this.#requestsInFlight--;
      this.#bytesInFlight -= unit.bytes;
      this.#wake?.();
    };
    // Never rejects: a failure is kept for `run`, which waits for all that is in flight.
    void this.#send(unit).then(
      () => {
        unit.isDone = true;
        this.#advance();
        done();
      },
      (error: unknown) => {
        this.#failure ??= { error };
        done();
      },
    );
  }

  #hasRoomFor(unit: LoadUnit, keys: ReadonlySet<string>): boolean {
    if (this.#requestsInFlight === 0 || this.#failure !== undefined) return true;
    if (this.#requestsInFlight >= this.#options.concurrency) return false;
    if (this.#bytesInFlight + unit.bytes > BYTES_IN_FLIGHT_MAX) return false;
    for (const key of keys) if (this.#keysInFlight.has(key)) return false;
    return true;
  }

  #nextDone(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #send(unit: LoadUnit): Promise<void> {
    if (unit.records.length === 0) return;
    const [first] = unit.records;
    if (unit.records.length === 1 && first !== undefined) return this.#sendAlone(unit, first);
    try {
      const nowMs = this.#clock.now();
      await this.#target.write(unit.records.map((record) => operationOf(record, nowMs)));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // A batch is refused as a whole: one by one shows whose fault it was.
      for (const record of [...unit.records]) await this.#sendAlone(unit, record);
    }
  }

  async #sendAlone(unit: LoadUnit, given: UnitRecord): Promise<void> {
    const operation = operationOf(given, this.#clock.now());
    if (operation.type !== 'put') return;
    try {
      await this.#target.put(operation.key, operation.value, operation);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      unit.records.splice(unit.records.indexOf(given), 1);
      unit.refusals.push({ piece: given.piece, reason: error.message });
    }
  }

  #advance(): void {
    for (let unit = this.#queue[0]; unit?.isDone === true; unit = this.#queue[0]) {
      this.#queue.shift();
      const { offset, checksum, loaded, refused, expired } = this.#position;
      this.#position = {
        offset: unit.last?.end ?? offset,
        checksum: unit.last?.checksum ?? checksum,
        loaded: loaded + unit.records.length,
        refused: refused + unit.refusals.length,
        expired: expired + unit.expired,
      };
      unit.refusals.sort((a, b) => a.piece.line - b.piece.line);
      for (const refusal of unit.refusals) this.#options.onRefused(refusal);
    }
  }
}

function isRefusal(error: unknown): error is Error {
  return isCoreCacheError(error) && refusalCodes.includes(error.code);
}
