import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreCacheError, type ErrorCode } from '../../src/base/errors.js';
import { formatByteSize, parseByteSize } from '../../src/base/byte-size.js';
import { formatDuration, parseDuration } from '../../src/base/duration.js';
import { fromErrorBody, toErrorBody } from '../../src/protocol/error-body.js';
import { errorTable } from '../../src/protocol/error-table.js';
import { httpDate } from '../../src/protocol/http-date.js';
import { percentDecode, percentEncode } from '../../src/protocol/percent-encoding.js';
import { decodeScanCursor, encodeScanCursor } from '../../src/protocol/scan-cursor.js';
import { formatSessionToken, laterOf, parseSessionToken } from '../../src/protocol/session-token.js';
import { bytesToText, textToBytes, utf8TextOf } from '../../src/protocol/text-encoding.js';
import { formatEtag, parseEtag, parseEtagCondition } from '../../src/protocol/version-tag.js';

const version = fc.record({ epoch: fc.maxSafeNat(), sequence: fc.maxSafeNat() });
const bytes = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: 'binary', maxLength: 30 });

describe('what goes over the wire and comes back', () => {
  it('is the same: ETags, session tokens, cursors', () => {
    fc.assert(
      fc.property(version, (v) => {
        expect(parseEtag(formatEtag(v))).toEqual(v);
      }),
    );
    fc.assert(
      fc.property(version, (v) => {
        expect(parseSessionToken(formatSessionToken(v))).toEqual(v);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.boolean(), (lastKey, reverse) => {
        const back = decodeScanCursor(encodeScanCursor({ lastKey, reverse }));
        expect([Uint8Array.from(back.lastKey), back.reverse]).toEqual([lastKey, reverse]);
      }),
    );
  });

  it('is the same: keys in a path, values in JSON', () => {
    fc.assert(
      fc.property(bytes, (b) => {
        expect(Uint8Array.from(percentDecode(percentEncode(b), 'key'))).toEqual(b);
      }),
    );
    fc.assert(
      fc.property(bytes, (b) => {
        expect(Uint8Array.from(textToBytes(bytesToText(b, 'base64'), 'base64', 'v'))).toEqual(b);
      }),
    );
    fc.assert(
      fc.property(text, (t) => {
        expect(utf8TextOf(textToBytes(t, 'utf8', 'v'))).toBe(t);
      }),
    );
    fc.assert(
      fc.property(bytes, (b) => {
        const t = utf8TextOf(b);
        if (t !== undefined) expect(Uint8Array.from(Buffer.from(t))).toEqual(b);
      }),
    );
  });

  it('is the same: durations and sizes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e14 }), (n) => {
        expect(parseDuration(formatDuration(n))).toBe(n);
        expect(parseByteSize(formatByteSize(n))).toBe(n);
      }),
    );
  });

  it('is the same: errors, but for the troubles of the server', () => {
    for (const code of Object.keys(errorTable) as ErrorCode[]) {
      const error = new CoreCacheError(code, 'why', { data: { path: '/secret' } });
      const { status, retryable } = errorTable[code];
      const body = toErrorBody(error);
      expect(body.error).toMatchObject({ code, message: 'why', retryable });
      expect(body.error.data === undefined).toBe(status >= 500);
      expect(fromErrorBody(status, JSON.parse(JSON.stringify(body)))).toMatchObject({ code, message: 'why' });
    }
    expect(JSON.stringify(toErrorBody(new Error('secret')))).not.toContain('secret');
    expect(fromErrorBody(502, '<html>')).toMatchObject({ code: 'NO_LEADER' });
    expect(fromErrorBody(418, null)).toMatchObject({ code: 'INTERNAL' });
  });
});

describe('what is not ours', () => {
  it.each(['', '1-1', '"1"', '"-1-1"', '"01-1"', '"1-99999999999999999"', 'W/"1-1"', '"1-1" '])(
    'is no ETag: %s',
    (tag) => {
      expect(parseEtag(tag)).toBeUndefined();
    },
  );

  it.each(['', 'x', 'MS4x', Buffer.from('1.1.99999999999999999').toString('base64url')])(
    'is no session token: %s',
    (token) => {
      expect(() => parseSessionToken(token)).toThrow(CoreCacheError);
    },
  );

  it('is no cursor: one bit more or less', () => {
    const cursor = encodeScanCursor({ lastKey: Buffer.from('key'), reverse: false });
    for (let at = 0; at < cursor.length; at++) {
      const other = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
      expect(() => decodeScanCursor(other)).toThrow(CoreCacheError);
      expect(() => decodeScanCursor(cursor.slice(0, at))).toThrow(CoreCacheError);
    }
  });

  it.each(['', '30', 's', '-1s', '1.5s', '30 s', '1S', '99999999999999d', '30sec'])('is no duration: %j', (given) => {
    expect(parseDuration(given)).toBeUndefined();
  });

  it.each(['', '64', 'MiB', '64MB', '64 MiB', '-1B', '1.5KiB', '999999999999TiB'])('is no size: %j', (given) => {
    expect(parseByteSize(given)).toBeUndefined();
  });
});

describe('a condition', () => {
  it.each([
    ['*', '*'],
    ['"a"', ['"a"']],
    [' "a" ,W/"b","" ', ['"a"', 'W/"b"', '""']],
    ['"a,b"', ['"a,b"']],
  ])('%s is read', (header, expected) => {
    expect(parseEtagCondition(header, 'If-Match')).toEqual(expected);
  });

  it.each(['', 'a', '"a', '"a" "b"', '*, "a"', 'w/"a"'])('%j is refused', (header) => {
    expect(() => parseEtagCondition(header, 'If-Match')).toThrow(/If-Match/);
  });
});

describe('the later of two positions', () => {
  it('has the higher epoch, then the higher sequence', () => {
    expect(laterOf({ epoch: 1, sequence: 9 }, { epoch: 2, sequence: 1 })).toEqual({ epoch: 2, sequence: 1 });
    expect(laterOf({ epoch: 2, sequence: 9 }, { epoch: 2, sequence: 1 })).toEqual({ epoch: 2, sequence: 9 });
  });
});

describe('an HTTP date', () => {
  it('is written as Date writes it', () => {
    const moment = fc.date({ min: new Date('1970-01-01'), max: new Date('2400-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(moment, (date) => {
        expect(httpDate(date.getTime())).toBe(date.toUTCString());
      }),
      { numRuns: 1000 },
    );
    for (const day of ['2000-02-29', '2100-02-28', '2100-03-01', '2024-12-31']) {
      expect(httpDate(Date.parse(day))).toBe(new Date(day).toUTCString());
    }
  });
});
