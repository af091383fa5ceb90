import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { keepNone } from '../../src/env/simulated/crash-choice.js';
import { bytes, codeOf, memoryPlace, openIn, START_MS, text, tinyOptions } from './memory-database.js';

const key = bytes('counter');
const MAX = 2n ** 63n - 1n;

test('an increment begins at nought, adds what it is told, and leaves decimal text', async () => {
  const database = await openIn(memoryPlace());
  expect(await database.increment(key)).toMatchObject({ value: 1n, sequence: 1 });
  expect((await database.increment(key, -11)).value).toBe(-10n);
  expect((await database.increment(key, 2n ** 62n)).value).toBe(2n ** 62n - 10n);
  expect(text(await database.get(key))).toBe(String(2n ** 62n - 10n));
  await database.close();
});

test('of a thousand increments in flight none is lost, and each sees another number', async () => {
  const database = await openIn(memoryPlace(), tinyOptions);
  const results = await Promise.all(Array.from({ length: 1000 }, () => database.increment(key)));
  expect(new Set(results.map(({ value }) => value)).size).toBe(1000);
  expect(text(await database.get(key))).toBe('1000');
  await database.close();
});

test('increments add to puts and deletes that are on their way, flushed and compacted in between', async () => {
  const database = await openIn(memoryPlace(), tinyOptions);
  let expected = 0n;
  for (let i = 0; i < 60; i++) {
    const kind = (i * 7) % 10;
    const before = kind === 0 ? database.put(key, bytes(String(i))) : kind === 1 ? database.delete(key) : undefined;
    if (kind < 2) expected = kind === 0 ? BigInt(i) : 0n;
    const results = await Promise.all([before, ...[1, 2, 3].map((by) => database.increment(key, by))]);
    expected += 6n;
    expect(results.at(-1)).toMatchObject({ value: expected });
    if (i % 5 === 0) await database.flush();
    if (i % 20 === 0) await database.compact();
  }
  await database.close();
});

test('what is no number in plain decimal digits, or too large for 64 bits, is NOT_A_NUMBER and stays', async () => {
  const database = await openIn(memoryPlace());
  for (const value of ['', 'x', ' 1', '1 ', '+1', '01', '-0', '1.0', '1e3', String(MAX + 1n), '9'.repeat(40)]) {
    await database.put(key, bytes(value));
    expect(await database.increment(key).catch(codeOf), value).toBe('NOT_A_NUMBER');
    expect(text(await database.get(key))).toBe(value);
  }
  const put = database.put(key, bytes('on its way'));
  expect(await database.increment(key).catch(codeOf)).toBe('NOT_A_NUMBER');
  await put;
  await database.close();
});

test('a sum that has no room in 64 bits is OVERFLOW, both ways, and changes nothing', async () => {
  const database = await openIn(memoryPlace());
  await database.put(key, bytes(String(MAX)));
  expect(await database.increment(key).catch(codeOf)).toBe('OVERFLOW');
  expect((await database.increment(key, 0)).value).toBe(MAX);
  await database.put(key, bytes(String(-MAX - 1n)));
  expect(await database.increment(key, -1).catch(codeOf)).toBe('OVERFLOW');
  expect((await database.increment(key, MAX)).value).toBe(-1n);
  await database.close();
});

test('an increment by what is not exactly a whole number is INVALID_ARGUMENT', async () => {
  const database = await openIn(memoryPlace());
  for (const by of [0.5, 2 ** 53, Infinity, 2n ** 63n]) {
    expect(await database.increment(key, by).catch(codeOf)).toBe('INVALID_ARGUMENT');
  }
  await database.close();
});

test('time to live and content type stay, and what has ended counts as absent', async () => {
  const place = memoryPlace();
  const database = await openIn(place);
  await database.put(key, bytes('5'), { ttlMs: 1000, contentType: 'text/plain' });
  await database.increment(key);
  expect(await database.getEntry(key)).toMatchObject({ expiresAtMs: START_MS + 1000, contentType: 'text/plain' });
  place.clock.advance(1000);
  expect((await database.increment(key)).value).toBe(1n);
  expect(await database.getEntry(key)).toMatchObject({ expiresAtMs: 0, contentType: '' });
  await database.close();
});

test('an acknowledged increment survives a power cut', async () => {
  const fileSystem = new CrashableFileSystem();
  const database = await openIn(memoryPlace(fileSystem));
  await Promise.all([1, 2, 3].map((by) => database.increment(key, by)));
  const reopened = await openIn(memoryPlace(fileSystem.crash(keepNone)));
  expect(text(await reopened.get(key))).toBe('6');
  await reopened.close();
  await database.close();
});
