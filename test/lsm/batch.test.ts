import { describe, expect, it } from 'vitest';
import { isCoreCacheError } from '../../src/base/errors.js';
import { BatchReader, encodeDelete, encodePut } from '../../src/lsm/batch.js';
import { NEVER_EXPIRES, Operation } from '../../src/lsm/entry.js';
import { encodeBatch, type BatchOperation } from './support/encode-batch.js';
import { bytesOf, randomKey, seeded, versionOf, type Version } from './support/model.js';

function readAll(batch: Uint8Array): Version[] {
  const versions: Version[] = [];
  for (const reader = new BatchReader(batch); reader.next();) versions.push(versionOf(reader.entry));
  return versions;
}

const mixed: readonly BatchOperation[] = [
  { operation: Operation.put, key: bytesOf('a'), value: bytesOf('12'), expiresAtMs: 300, contentType: 'x' },
  { operation: Operation.delete, key: bytesOf('b'), expiresAtMs: NEVER_EXPIRES, contentType: '' },
];

describe('a batch', () => {
  it('is on disk as the format says', () => {
    expect(Buffer.from(encodeBatch(mixed, 200)).toString('hex')).toBe('01c80102' + '300161ac020178023132' + '010162');
  });

  it('reads back as it was written', () => {
    const random = seeded(1);
    for (let round = 0; round < 200; round++) {
      const operations = Array.from({ length: random(20) }, (): BatchOperation => {
        const key = bytesOf(randomKey(random, 1000));
        const isDelete = random(3) === 0;
        return isDelete
          ? { operation: Operation.delete, key, expiresAtMs: NEVER_EXPIRES, contentType: '' }
          : {
              operation: Operation.put,
              key,
              value: bytesOf('v'.repeat(random(300))),
              expiresAtMs: random(2) * 1_700_000_000_000,
              contentType: random(2) === 0 ? '' : 'text/ü',
            };
      });
      const writtenAtMs = random(2 ** 31) * 1000;
      const read = readAll(encodeBatch(operations, writtenAtMs));
      expect(read).toEqual(
        operations.map((operation) => ({
          key: Buffer.from(operation.key).toString('latin1'),
          sequence: 0,
          epoch: 0,
          operation: operation.operation,
          writtenAtMs,
          expiresAtMs: operation.expiresAtMs,
          contentType: operation.contentType,
          value: Buffer.from(operation.value ?? []).toString('latin1'),
        })),
      );
    }
  });

  it('of one operation is the same by the short way', () => {
    const key = bytesOf('key');
    const value = bytesOf('value');
    const put = { operation: Operation.put, key, value, expiresAtMs: 7, contentType: 't' };
    expect(encodePut(key, value, 5, 7, 't')).toEqual(encodeBatch([put], 5));
    const del = { operation: Operation.delete, key, expiresAtMs: NEVER_EXPIRES, contentType: '' };
    expect(encodeDelete(key, 5)).toEqual(encodeBatch([del], 5));
  });

  it('that is cut anywhere is refused with the offset', () => {
    const whole = encodeBatch(mixed, 200);
    for (let length = 0; length < whole.length; length++) {
      const cut = (): Version[] => readAll(whole.subarray(0, length));
      expect(cut).toThrow(
        expect.objectContaining({ code: 'CORRUPTION', data: { file: 'batch', offset: expect.any(Number) as number } }),
      );
    }
  });

  it('with bytes behind its last operation is refused', () => {
    expect(() => readAll(Buffer.concat([encodeBatch(mixed, 200), Buffer.of(0)]))).toThrow(/bytes follow/);
  });

  it('with any bit flipped is read or refused, never a crash', () => {
    const whole = encodeBatch(mixed, 200);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = whole.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      try {
        readAll(damaged);
      } catch (error) {
        expect(isCoreCacheError(error)).toBe(true);
      }
    }
  });

  it('of a newer format is told from a damaged one', () => {
    expect(() => new BatchReader(Uint8Array.of(2, 0, 0))).toThrow(expect.objectContaining({ code: 'NEWER_FORMAT' }));
    expect(() => new BatchReader(Uint8Array.of(0, 0, 0))).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
  });

  it('cannot claim more operations than its bytes can hold', () => {
    expect(() => new BatchReader(Uint8Array.of(1, 0, 0xff, 0xff, 0x7f))).toThrow(/do not fit/);
  });
});
