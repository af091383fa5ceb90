import { describe, expect, test } from 'vitest';
import { Batch } from '../../src/store/batch.js';
import type { WriteOperation } from '../../src/store/operations.js';
import { bytes, codeOf, memoryPlace, openIn, pairs, text } from './memory-database.js';

function put(key: string, value: string): { type: 'put'; key: Uint8Array; value: Uint8Array } {
  return { type: 'put', key: bytes(key), value: bytes(value) };
}

test('a batch is written under one version, and of two operations on a key the later stays', async () => {
  const database = await openIn(memoryPlace());
  const batch = new Batch().put(bytes('a'), bytes('1')).put(bytes('b'), bytes('1')).delete(bytes('a'));
  const version = await database.write(batch.put(bytes('b'), bytes('2')));
  expect(await pairs(database.scan())).toEqual(['b=2']);
  expect(await database.getEntry(bytes('b'))).toMatchObject(version);
  expect(database.lastSequence).toBe(1);
  await database.close();
});

test('count and byteLength say what is in it', () => {
  const batch = new Batch().put(bytes('key'), bytes('value')).delete(bytes('gone'));
  expect([batch.count, batch.byteLength]).toEqual([2, 12]);
  expect([batch.append(batch).count, batch.byteLength]).toEqual([4, 24]);
  expect([batch.clear().count, batch.byteLength]).toEqual([0, 0]);
});

test('what was appended is written in its order, behind what was there', async () => {
  const database = await openIn(memoryPlace());
  const first = new Batch().put(bytes('a'), bytes('first')).put(bytes('b'), bytes('first'));
  const second = new Batch().put(bytes('b'), bytes('second')).delete(bytes('a')).put(bytes('c'), bytes('second'));
  first.append(second);
  second.clear();
  await database.write(first);
  expect(await pairs(database.scan())).toEqual(['b=second', 'c=second']);
  await database.close();
});

test('a change after write does not reach what is written', async () => {
  const database = await openIn(memoryPlace());
  const key = bytes('a');
  const batch = new Batch().put(key, bytes('1'));
  key[0] = 0x7a;
  const writing = database.write(batch);
  batch.clear().put(bytes('b'), bytes('2'));
  await writing;
  expect(await pairs(database.scan())).toEqual(['a=1']);
  await database.write(batch);
  expect(await pairs(database.scan())).toEqual(['a=1', 'b=2']);
  await database.close();
});

test('a time to live counts from each writing', async () => {
  const place = memoryPlace();
  const database = await openIn(place);
  const batch = new Batch().put(bytes('a'), bytes('1'), { ttlMs: 1000, contentType: 'text/plain' });
  await database.write(batch);
  place.clock.advance(1000);
  expect(await database.get(bytes('a'))).toBeUndefined();
  await database.write(batch);
  expect(await database.getEntry(bytes('a'))).toMatchObject({
    expiresAtMs: place.clock.now() + 1000,
    contentType: 'text/plain',
  });
  await database.close();
});

describe('conditions', () => {
  test('that do not hold refuse all of it, appended ones too', async () => {
    const database = await openIn(memoryPlace());
    await database.put(bytes('b'), bytes('here'));
    const other = new Batch().delete(bytes('x')).put(bytes('b'), bytes('2'), { ifVersion: 'absent' });
    const batch = new Batch().put(bytes('a'), bytes('1')).append(other);
    expect(await database.write(batch).catch(codeOf)).toBe('CONDITION_FAILED');
    expect(await pairs(database.scan())).toEqual(['b=here']);
    await database.delete(bytes('b'));
    await database.write(batch);
    expect(await pairs(database.scan())).toEqual(['a=1', 'b=2']);
    await database.close();
  });

  test('are gone with clear', async () => {
    const database = await openIn(memoryPlace());
    const batch = new Batch().delete(bytes('a'), { ifVersion: 'present' }).clear().put(bytes('a'), bytes('1'));
    await database.write(batch);
    expect(text(await database.get(bytes('a')))).toBe('1');
    await database.close();
  });

  test('come along when a batch is appended to itself', async () => {
    const database = await openIn(memoryPlace());
    const batch = new Batch().put(bytes('a'), bytes('1')).put(bytes('b'), bytes('1'), { ifVersion: 'absent' });
    expect(batch.append(batch).count).toBe(4);
    await database.write(batch);
    expect(await database.write(batch).catch(codeOf)).toBe('CONDITION_FAILED');
    await database.close();
  });

  test('and replaced versions are told as for an array', async () => {
    const database = await openIn(memoryPlace());
    const { epoch, sequence } = await database.put(bytes('a'), bytes('1'));
    const batch = new Batch().put(bytes('b'), bytes('2')).put(bytes('a'), bytes('2'), { ifVersion: 'present' });
    const { replaced } = await database.write(batch, { reportReplaced: true });
    expect(replaced).toEqual([undefined, { epoch, sequence }]);
    const unconditional = await database.write(new Batch().delete(bytes('a')), { reportReplaced: true });
    expect(unconditional.replaced).toMatchObject([{ epoch: expect.any(Number) as number }]);
    await database.close();
  });
});

describe('what an array is refused for, a batch is', () => {
  const limits = { keyBytesMax: 8, valueBytesMax: 16, batchBytesMax: 64 };
  const refused: [string, string, WriteOperation[]][] = [
    ['no operation', 'INVALID_ARGUMENT', []],
    ['an empty key', 'INVALID_ARGUMENT', [put('a', '1'), put('', '1')]],
    ['a key that is too long', 'KEY_TOO_LARGE', [put('123456789', '1'), put('a', '1')]],
    ['a key to delete that is too long', 'KEY_TOO_LARGE', [{ type: 'delete', key: bytes('123456789') }]],
    ['a value that is too long', 'VALUE_TOO_LARGE', [put('a', 'x'.repeat(17))]],
    ['too much', 'REQUEST_TOO_LARGE', Array.from({ length: 5 }, () => put('a', 'x'.repeat(16)))],
  ];
  for (const [what, code, operations] of refused) {
    test(what, async () => {
      const database = await openIn(memoryPlace(), limits);
      const batch = new Batch();
      for (const operation of operations) {
        if (operation.type === 'put') batch.put(operation.key, operation.value);
        else batch.delete(operation.key);
      }
      expect(await database.write(batch).catch(messageOf)).toBe(await database.write(operations).catch(messageOf));
      expect(await database.write(batch).catch(codeOf)).toBe(code);
      await database.close();
    });
  }

  test('what was too large is forgotten with clear', async () => {
    const database = await openIn(memoryPlace(), limits);
    const batch = new Batch().put(bytes('123456789'), bytes('x'.repeat(60))).put(bytes(''), bytes('1'));
    await database.write(batch.clear().put(bytes('a'), bytes('1')));
    expect(await pairs(database.scan())).toEqual(['a=1']);
    await database.close();
  });

  test('what was appended counts too', async () => {
    const database = await openIn(memoryPlace(), limits);
    const codes: string[] = [];
    for (const [key, value] of [
      ['', '1'],
      ['123456789', '1'],
      ['a', 'x'.repeat(17)],
    ] as const) {
      const batch = new Batch().put(bytes('a'), bytes('1')).append(new Batch().put(bytes(key), bytes(value)));
      codes.push(await database.write(batch).then(() => 'written', codeOf));
    }
    expect(codes).toEqual(['INVALID_ARGUMENT', 'KEY_TOO_LARGE', 'VALUE_TOO_LARGE']);
    await database.close();
  });

  test('what no database takes, when it is added', async () => {
    const batch = new Batch();
    const wrong: (() => unknown)[] = [
      () => batch.put('a' as never, bytes('1')),
      () => batch.put(bytes('a'), '1' as never),
      () => batch.put(bytes('a'), bytes('1'), { ttlMs: 0 }),
      () => batch.put(bytes('a'), bytes('1'), { contentType: 'ü' }),
      () => batch.put(bytes('a'), bytes('1'), { ifVersion: 'there' as never }),
      () => batch.delete(bytes('a'), { ifVersion: 1 as never }),
      () => batch.append({} as never),
    ];
    for (const add of wrong) expect(add).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(batch.count).toBe(0);
    const database = await openIn(memoryPlace());
    expect(await database.write({} as never).catch(codeOf)).toBe('INVALID_ARGUMENT');
    await database.close();
  });
});

function messageOf(error: unknown): string {
  return `${codeOf(error)}: ${(error as Error).message}`;
}
