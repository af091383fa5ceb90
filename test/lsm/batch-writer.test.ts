import { describe, expect, it } from 'vitest';
import { BatchReader } from '../../src/lsm/batch.js';
import { BatchWriter } from '../../src/lsm/batch-writer.js';
import { NEVER_EXPIRES, Operation } from '../../src/lsm/entry.js';
import { encodeBatch, type BatchOperation } from './support/encode-batch.js';
import { bytesOf, randomKey, seeded, versionOf, type Version } from './support/model.js';

const NOW_MS = 1_700_000_000_000;

function readAll(batch: Uint8Array): Version[] {
  const versions: Version[] = [];
  for (const reader = new BatchReader(batch); reader.next();) versions.push(versionOf(reader.entry));
  return versions;
}

/** `expiresAtMs` stands for the time to live. */
function addAll(writer: BatchWriter, operations: readonly BatchOperation[]): void {
  for (const { operation, key, value, expiresAtMs, contentType } of operations) {
    if (operation === Operation.delete) writer.delete(key);
    else writer.put(key, value ?? bytesOf(''), expiresAtMs === NEVER_EXPIRES ? undefined : expiresAtMs, contentType);
  }
}

function someOperations(random: (below: number) => number): BatchOperation[] {
  return Array.from({ length: 1 + random(40) }, (): BatchOperation => {
    const key = bytesOf(randomKey(random, 1000));
    if (random(4) === 0) return { operation: Operation.delete, key, expiresAtMs: NEVER_EXPIRES, contentType: '' };
    const value = bytesOf('v'.repeat(random(8) === 0 ? random(5000) : random(60)));
    const expiresAtMs = random(3) === 0 ? 1 + random(10_000) : NEVER_EXPIRES;
    return { operation: Operation.put, key, value, expiresAtMs, contentType: random(4) === 0 ? 'text/ü' : '' };
  });
}

function atTime(operations: readonly BatchOperation[], nowMs: number): Uint8Array {
  return encodeBatch(
    operations.map((operation) => ({
      ...operation,
      expiresAtMs: operation.expiresAtMs === NEVER_EXPIRES ? NEVER_EXPIRES : nowMs + operation.expiresAtMs,
    })),
    nowMs,
  );
}

describe('a batch writer', () => {
  it('makes the bytes that the format says', () => {
    const writer = new BatchWriter();
    writer.put(bytesOf('a'), bytesOf('12'), 100, 'x');
    writer.delete(bytesOf('b'));
    expect(Buffer.from(writer.encode(200)).toString('hex')).toBe(
      '01c80102' + '300161ac82808080808000' + '0178' + '023132' + '010162',
    );
  });

  it('makes what reads back as the operations, as often as it is asked', () => {
    const random = seeded(3);
    const writer = new BatchWriter();
    for (let round = 0; round < 200; round++) {
      const operations = someOperations(random);
      writer.clear();
      addAll(writer, operations);
      expect(writer.count).toBe(operations.length);
      for (const nowMs of [NOW_MS, NOW_MS + 5000]) {
        expect(readAll(writer.encode(nowMs))).toEqual(readAll(atTime(operations, nowMs)));
      }
    }
  });

  it('appends another, and itself, in order', () => {
    const random = seeded(4);
    for (let round = 0; round < 100; round++) {
      const [first, second] = [someOperations(random), someOperations(random)];
      const [writer, other] = [new BatchWriter(), new BatchWriter()];
      addAll(writer, first);
      addAll(other, second);
      writer.append(other);
      writer.append(writer);
      const all = [...first, ...second, ...first, ...second];
      expect(readAll(writer.encode(NOW_MS))).toEqual(readAll(atTime(all, NOW_MS)));
      expect(readAll(other.encode(NOW_MS))).toEqual(readAll(atTime(second, NOW_MS)));
    }
  });

  it('hands out bytes that no later operation changes', () => {
    const writer = new BatchWriter();
    writer.put(bytesOf('a'), bytesOf('1'), 100);
    const first = writer.encode(NOW_MS);
    const asItWas = Buffer.from(first).toString('hex');
    writer.clear();
    writer.put(bytesOf('b'), bytesOf('2'));
    writer.encode(NOW_MS + 1);
    expect(Buffer.from(first).toString('hex')).toBe(asItWas);
  });
});
