import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../support/http-call.js';
import { memoryParts, TestNode } from '../support/test-node.js';

let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start(memoryParts(), { limitsValueBytesMax: '1KiB', limitsKeyBytesMax: '16B' });
});
afterAll(() => node.stop());

const path = (key: string): string => `/v1/kv/${key}`;
const errorCode = (json: unknown): string => (json as { error: { code: string } }).error.code;

describe('PUT /v1/kv/{key}', () => {
  it('answers 201 with an ETag when the key is new, and 204 with another when it is replaced', async () => {
    const created = await call(node.url, 'PUT', path('put-new'), { body: 'one' });
    const replaced = await call(node.url, 'PUT', path('put-new'), { body: 'two' });
    expect([created.status, replaced.status]).toEqual([201, 204]);
    expect(created.headers.etag).toMatch(/^"1-\d+"$/);
    expect(replaced.headers.etag).toMatch(/^"1-\d+"$/);
    expect(replaced.headers.etag).not.toBe(created.headers.etag);
    expect((await call(node.url, 'GET', path('put-new'))).text).toBe('two');
  });

  it.each(['', 'x', '\u0000\u00ff'])('stores a value of any bytes: %j', async (text) => {
    const body = Buffer.from(text, 'latin1');
    await call(node.url, 'PUT', path('any-bytes'), { body });
    expect((await call(node.url, 'GET', path('any-bytes'))).body).toEqual(body);
  });

  it('creates, but does not replace, with If-None-Match: *', async () => {
    const headers = { 'If-None-Match': '*' };
    const first = await call(node.url, 'PUT', path('create'), { body: '1', headers });
    const second = await call(node.url, 'PUT', path('create'), { body: '2', headers });
    expect([first.status, second.status]).toEqual([201, 412]);
    expect(second.headers.etag).toBe(first.headers.etag);
    expect(errorCode(second.json())).toBe('CONDITION_FAILED');
  });

  it('replaces only the version that If-Match names', async () => {
    const { headers } = await call(node.url, 'PUT', path('swap'), { body: '1' });
    const swap = { headers: { 'If-Match': headers.etag }, body: '2' };
    expect((await call(node.url, 'PUT', path('swap'), swap)).status).toBe(204);
    const stale = await call(node.url, 'PUT', path('swap'), swap);
    expect(stale.status).toBe(412);
    expect(stale.headers.etag).not.toBe(headers.etag);
    expect((await call(node.url, 'GET', path('swap'))).text).toBe('2');
  });

  it.each(['W/"1-1"', '"of-another-server"', '"1-999999"'])('matches nothing with If-Match: %s', async (tag) => {
    await call(node.url, 'PUT', path('foreign'), { body: '1' });
    const answer = await call(node.url, 'PUT', path('foreign'), { body: '2', headers: { 'If-Match': tag } });
    expect(answer.status).toBe(412);
  });

  it('replaces, but does not create, with If-Match: *', async () => {
    const headers = { 'If-Match': '*' };
    expect((await call(node.url, 'PUT', path('only-old'), { body: '1', headers })).status).toBe(412);
    await call(node.url, 'PUT', path('only-old'), { body: '1' });
    expect((await call(node.url, 'PUT', path('only-old'), { body: '2', headers })).status).toBe(204);
  });

  it('keeps the content type, and the time to live', async () => {
    const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
    await call(node.url, 'PUT', `${path('typed')}?ttl=1h`, { body: 'x', headers });
    const answer = await call(node.url, 'GET', path('typed'));
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    const left = Date.parse(answer.headers['corecache-expires'] as string) - Date.now();
    expect(left).toBeGreaterThan(3_590_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
  });

  it.each([
    ['an unknown parameter', '?tll=30s', {}, 'allowed here: ttl'],
    ['a bad duration', '?ttl=30', {}, '30s'],
    ['a parameter given twice', '?ttl=1s&ttl=2s', {}, 'twice'],
    ['If-None-Match with a tag', '', { 'If-None-Match': '"1-1"' }, '*'],
    ['both conditions', '', { 'If-None-Match': '*', 'If-Match': '*' }, 'not both'],
    ['a tag without quotes', '', { 'If-Match': '1-1' }, 'double quotes'],
  ])('refuses %s with 400 and says what is allowed', async (_, query, headers, message) => {
    const answer = await call(node.url, 'PUT', path('bad') + query, { body: 'x', headers });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message);
    expect((await call(node.url, 'GET', path('bad'))).status).toBe(404);
  });

  it('refuses a value above the limit with 413', async () => {
    const answer = await call(node.url, 'PUT', path('large'), { body: Buffer.alloc(1025) });
    expect([answer.status, errorCode(answer.json())]).toEqual([413, 'VALUE_TOO_LARGE']);
    expect((await call(node.url, 'PUT', path('large'), { body: Buffer.alloc(1024) })).status).toBe(201);
  });
});

describe('the key', () => {
  it.each(['a%2Fb', '%00', '%FF%FE', '%25', 'a%20b', '..', 'a+b', '%C3%A4'])('may be any bytes: %s', async (key) => {
    expect((await call(node.url, 'PUT', path(key), { body: key })).status).toBe(201);
    expect((await call(node.url, 'GET', path(key))).text).toBe(key);
    expect((await call(node.url, 'DELETE', path(key))).status).toBe(204);
  });

  it.each(['%', '%2', '%zz', 'a%g0'])('must be well encoded: %s is 400', async (key) => {
    const answer = await call(node.url, 'GET', path(key));
    expect([answer.status, errorCode(answer.json())]).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it('is one segment: a further one is 404 with a hint', async () => {
    const answer = await call(node.url, 'GET', path('a/b'));
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('%2F');
  });

  it('has one byte at least, and no more than the limit', async () => {
    expect((await call(node.url, 'GET', path(''))).status).toBe(400);
    const answer = await call(node.url, 'PUT', path('k'.repeat(17)), { body: 'x' });
    expect([answer.status, errorCode(answer.json())]).toEqual([400, 'KEY_TOO_LARGE']);
    expect((await call(node.url, 'PUT', path('k'.repeat(16)), { body: 'x' })).status).toBe(201);
  });
});

describe('GET and HEAD /v1/kv/{key}', () => {
  it('answer with ETag, Last-Modified and the stored value, or only its headers', async () => {
    const put = await call(node.url, 'PUT', path('read'), { body: 'value' });
    const get = await call(node.url, 'GET', path('read'));
    const head = await call(node.url, 'HEAD', path('read'));
    expect([get.status, get.text, head.status, head.text]).toEqual([200, 'value', 200, '']);
    expect(get.headers['content-type']).toBe('application/octet-stream');
    expect(Math.abs(Date.parse(get.headers['last-modified'] as string) - Date.now())).toBeLessThan(5000);
    expect([get.headers.etag, head.headers.etag]).toEqual([put.headers.etag, put.headers.etag]);
    expect(head.headers['content-length']).toBe('5');
  });

  it('answer 404 for a key without value; HEAD without a body', async () => {
    const get = await call(node.url, 'GET', path('missing'));
    expect([get.status, errorCode(get.json())]).toEqual([404, 'KEY_NOT_FOUND']);
    expect(await call(node.url, 'HEAD', path('missing'))).toMatchObject({ status: 404, text: '' });
  });

  it('answer 304 when If-None-Match names the version, weakly too', async () => {
    const { headers } = await call(node.url, 'PUT', path('cached'), { body: 'value' });
    for (const tag of [headers.etag ?? '', `W/${headers.etag ?? ''}`, `"x", ${headers.etag ?? ''}`, '*']) {
      const answer = await call(node.url, 'GET', path('cached'), { headers: { 'If-None-Match': tag } });
      expect([answer.status, answer.text]).toEqual([304, '']);
    }
    const other = await call(node.url, 'GET', path('cached'), { headers: { 'If-None-Match': '"0-0"' } });
    expect(other.status).toBe(200);
    const failed = await call(node.url, 'GET', path('cached'), { headers: { 'If-Match': '"0-0"' } });
    expect([failed.status, failed.headers.etag]).toEqual([412, headers.etag]);
  });

  it.each(['linearizable', 'session', 'stale'])('take consistency=%s', async (level) => {
    await call(node.url, 'PUT', path('level'), { body: 'v' });
    expect((await call(node.url, 'GET', `${path('level')}?consistency=${level}`)).status).toBe(200);
  });

  it('refuse another consistency, and a session token that is not ours', async () => {
    expect((await call(node.url, 'GET', `${path('level')}?consistency=strong`)).status).toBe(400);
    const answer = await call(node.url, 'GET', path('level'), { headers: { 'Corecache-Session': 'guess' } });
    expect(answer.status).toBe(400);
  });
});

describe('DELETE /v1/kv/{key}', () => {
  it('answers 204, and 404 when there is nothing', async () => {
    await call(node.url, 'PUT', path('gone'), { body: 'x' });
    expect((await call(node.url, 'DELETE', path('gone'))).status).toBe(204);
    expect((await call(node.url, 'GET', path('gone'))).status).toBe(404);
    const again = await call(node.url, 'DELETE', path('gone'));
    expect([again.status, errorCode(again.json())]).toEqual([404, 'KEY_NOT_FOUND']);
  });

  it('deletes only the version that If-Match names', async () => {
    const { headers } = await call(node.url, 'PUT', path('del'), { body: 'x' });
    expect((await call(node.url, 'DELETE', path('del'), { headers: { 'If-Match': '"9-9"' } })).status).toBe(412);
    expect((await call(node.url, 'DELETE', path('del'), { headers: { 'If-Match': headers.etag } })).status).toBe(204);
  });
});

describe('every answer', () => {
  it.each([
    ['GET', '/v1/kv/none'],
    ['PUT', '/v1/kv/x'],
    ['GET', '/v1/kv'],
    ['GET', '/v1/status'],
    ['GET', '/nowhere'],
    ['PATCH', '/v1/kv/x'],
    ['GET', '/health/live'],
    ['GET', '/openapi.json'],
  ])('carries a session token: %s %s', async (method, target) => {
    const { headers } = await call(node.url, method, target);
    expect(headers['corecache-session']).toMatch(/^[A-Za-z0-9_-]+$/);
  });
});
