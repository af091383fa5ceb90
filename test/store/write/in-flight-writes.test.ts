import { expect, test } from 'vitest';
import { hashKey } from '../../../src/base/hash.js';
import { toPartitionId, toSequence } from '../../../src/base/numbers.js';
import { LogRecordKind } from '../../../src/log/log-record.js';
import { encodePut } from '../../../src/lsm/batch.js';
import { NEVER_EXPIRES, Operation } from '../../../src/lsm/entry.js';
import { InFlightWrites } from '../../../src/store/write/in-flight-writes.js';
import { PayloadPool } from '../../../src/store/write/payload-pool.js';
import { PendingWrite } from '../../../src/store/write/pending-write.js';
import { encodeBatch } from '../../lsm/support/encode-batch.js';
import { Random } from '../../support/random.js';

const owner = { logged: () => undefined, logFailed: () => undefined };

/** Keys with one hash between them, so that chains are walked (found by search). */
function collidingKeys(): [Uint8Array, Uint8Array] {
  const seen = new Map<number, Uint8Array>();
  for (let number = 0; ; number++) {
    const key = Buffer.from(`collision ${number}`);
    const other = seen.get(hashKey(key));
    if (other !== undefined) return [other, key];
    seen.set(hashKey(key), key);
  }
}

function writeOf(sequence: number, keys: readonly Uint8Array[]): PendingWrite {
  const operations = keys.map((key) => ({
    operation: Operation.put,
    key,
    value: Buffer.from('v'),
    expiresAtMs: NEVER_EXPIRES,
    contentType: '',
  }));
  return pendingWrite(sequence, encodeBatch(operations, 0));
}

function pendingWrite(sequence: number, payload: Uint8Array): PendingWrite {
  const write = new PendingWrite(owner, LogRecordKind.write, toPartitionId(0), payload, 'os', undefined);
  write.sequence = toSequence(sequence);
  return write;
}

function newest(inFlight: InFlightWrites, key: Uint8Array): number | undefined {
  return inFlight.newestOf(key, hashKey(key))?.sequence;
}

test('what is applied is forgotten, what is not is found', () => {
  const inFlight = new InFlightWrites(0, new PayloadPool());
  const key = Buffer.from('k');
  const [first, second] = [writeOf(1, [key]), writeOf(2, [key])];
  inFlight.add(first);
  inFlight.add(second);
  expect(newest(inFlight, key)).toBe(2);
  inFlight.applied(first);
  expect(newest(inFlight, key)).toBe(2);
  inFlight.applied(second);
  expect(newest(inFlight, key)).toBeUndefined();
});

test('while an evaluation lasts, what was applied since it began is kept', () => {
  const inFlight = new InFlightWrites(0, new PayloadPool());
  const key = Buffer.from('k');
  const evaluation = inFlight.begin();
  const write = writeOf(1, [key]);
  inFlight.add(write);
  inFlight.applied(write);
  expect(newest(inFlight, key)).toBe(1);
  inFlight.end(evaluation);
  expect(newest(inFlight, key)).toBeUndefined();
});

test('a payload is given back when its write is applied and no evaluation may look at it any more', () => {
  const payloads = new PayloadPool();
  const inFlight = new InFlightWrites(0, payloads);
  const evaluation = inFlight.begin();
  const payload = encodePut(Buffer.from('k'), Buffer.alloc(5000), 0, NEVER_EXPIRES, '', (length) =>
    payloads.take(length, 0),
  );
  const write = pendingWrite(1, payload);
  inFlight.add(write);
  inFlight.applied(write);
  expect(payloads.take(payload.length, 0).buffer).not.toBe(payload.buffer);
  inFlight.end(evaluation);
  expect(payloads.take(payload.length, 0).buffer).toBe(payload.buffer);
});

test('keys with the same hash are told apart', () => {
  const [a, b] = collidingKeys();
  const inFlight = new InFlightWrites(0, new PayloadPool());
  const writes = [writeOf(1, [a]), writeOf(2, [b]), writeOf(3, [a])];
  for (const write of writes) inFlight.add(write);
  expect([newest(inFlight, a), newest(inFlight, b)]).toEqual([3, 2]);
  inFlight.applied(writes[0]!);
  inFlight.applied(writes[1]!);
  expect([newest(inFlight, a), newest(inFlight, b)]).toEqual([3, undefined]);
});

test('it agrees with a list that keeps everything, over random histories', () => {
  const keys = [...collidingKeys(), ...['x', 'y', 'z'].map((key) => Buffer.from(key))];
  for (let seed = 0; seed < 200; seed++) {
    const random = new Random(seed);
    const inFlight = new InFlightWrites(0, new PayloadPool());
    const added: { readonly write: PendingWrite; readonly keys: readonly Uint8Array[] }[] = [];
    const evaluations: ReturnType<InFlightWrites['begin']>[] = [];
    let applied = 0;
    for (let step = 0; step < 60; step++) {
      const dice = random.below(10);
      if (dice < 4) {
        const chosen = Array.from({ length: 1 + random.below(3) }, () => random.pick(keys));
        const write = writeOf(added.length + 1, chosen);
        added.push({ write, keys: chosen });
        inFlight.add(write);
      } else if (dice < 7 && applied < added.length) {
        inFlight.applied(added[applied++]!.write);
      } else if (dice === 7) {
        evaluations.push(inFlight.begin());
      } else if (dice === 8 && evaluations.length > 0) {
        inFlight.end(evaluations.splice(random.below(evaluations.length), 1)[0]!);
      } else {
        const key = random.pick(keys);
        const kept = Math.min(applied, ...evaluations.map(({ since }) => since));
        const last = added.findLast(({ keys: written }) => written.includes(key))?.write.sequence;
        expect(newest(inFlight, key), `seed ${seed}, step ${step}`).toBe(
          last !== undefined && last > kept ? last : undefined,
        );
      }
    }
  }
});
