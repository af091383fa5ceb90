import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Answer } from '../support/http-call.js';
import { memoryParts, TestNode } from '../support/test-node.js';

let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start(memoryParts(), { limitsBatchOperationsMax: 3, limitsRequestBytesMax: '5KiB' });
});
afterAll(() => node.stop());

const batch = (body: unknown): Promise<Answer> =>
  call(node.url, 'POST', '/v1/batch', { body: typeof body === 'string' ? body : JSON.stringify(body) });
const get = (key: string): Promise<Answer> => call(node.url, 'GET', `/v1/kv/${key}`);
const put = (key: string, value = 'v'): object => ({ type: 'put', key, value });

describe('POST /v1/batch', () => {
  it('writes all operations under one ETag and says what each replaced', async () => {
    await batch({ operations: [put('a', 'old')] });
    const answer = await batch({
      operations: [
        put('a', 'new'),
        { type: 'put', key: 'b', value: 'x', ttl: '1h', contentType: 'text/plain' },
        { type: 'delete', key: 'c' },
      ],
    });
    expect(answer.status).toBe(200);
    const { etag, results } = answer.json() as { etag: string; results: unknown };
    expect(results).toEqual([{ replaced: true }, { replaced: false }, { replaced: false }]);
    const [a, b] = await Promise.all([get('a'), get('b')]);
    expect([a.text, a.headers.etag, b.text, b.headers.etag]).toEqual(['new', etag, 'x', etag]);
    expect(b.headers['content-type']).toBe('text/plain');
  });

  it.each(['a\r\nb', 'text/☃', '\u0000'])(
    'refuses the content type %j, which no answer could carry',
    async (contentType) => {
      const answer = await batch({ operations: [{ ...put('typed'), contentType }] });
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('contentType') as string]);
      expect((await get('typed')).status).toBe(404);
    },
  );

  it('takes base64 for every key and value', async () => {
    await batch({ encoding: 'base64', operations: [put('/w==', 'AAE=')] });
    expect((await get('%FF')).body).toEqual(Buffer.from([0, 1]));
  });

  it('writes nothing when one condition fails', async () => {
    await batch({ operations: [put('taken')] });
    const answer = await batch({ operations: [put('not-written'), { ...put('taken'), ifNoneMatch: '*' }] });
    expect(answer.status).toBe(412);
    expect((await get('not-written')).status).toBe(404);
  });

  it('takes an ETag with or without its quotes', async () => {
    const { etag } = (await batch({ operations: [put('tagged')] })).json() as { etag: string };
    const second = await batch({ operations: [{ ...put('tagged', '2'), ifMatch: etag.replaceAll('"', '') }] });
    expect(second.status).toBe(200);
    const stale = await batch({ operations: [{ type: 'delete', key: 'tagged', ifMatch: etag }] });
    expect(stale.status).toBe(412);
  });

  it.each([
    ['not JSON', '{', 'not JSON'],
    ['not UTF-8', Buffer.from([0x7b, 0xff]).toString('latin1'), 'not JSON'],
    ['a list', [], 'not an object'],
    ['no operations', {}, 'operations'],
    ['an empty list', { operations: [] }, 'operations'],
    ['an unknown field', { operations: [put('a')], atomic: true }, 'unknown field atomic'],
    ['an unknown type', { operations: [{ type: 'increment', key: 'a' }] }, 'operations[0]: type is increment'],
    ['no key', { operations: [put('a'), { type: 'put', value: 'v' }] }, 'operations[1]: key is missing'],
    ['an empty key', { operations: [put('')] }, 'at least one byte'],
    ['no value', { operations: [{ type: 'put', key: 'a' }] }, 'value is missing'],
    ['a value on a delete', { operations: [{ type: 'delete', key: 'a', value: 'v' }] }, 'unknown field value'],
    ['a number', { operations: [{ type: 'put', key: 'a', value: 7 }] }, 'value is not text'],
    ['a bad duration', { operations: [{ ...put('a'), ttl: 'soon' }] }, 'operations[0].ttl'],
    ['a bad ETag', { operations: [{ ...put('a'), ifMatch: 'x' }] }, 'ifMatch is not an ETag'],
    ['bad base64', { encoding: 'base64', operations: [put('a b', 'x')] }, 'operations[0].key: not base64'],
    ['an unknown encoding', { encoding: 'hex', operations: [put('aa')] }, 'encoding is hex'],
    ['half of a surrogate pair', '{"operations":[{"type":"put","key":"\\ud800","value":""}]}', 'surrogate'],
  ])('refuses %s and names the place', async (_, body, message) => {
    const answer = await batch(body);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message);
    expect((await get('a')).status).not.toBe(500);
  });

  it('refuses too many operations and too large a body with 413', async () => {
    expect((await batch({ operations: [put('a'), put('b'), put('c'), put('d')] })).status).toBe(413);
    expect((await batch({ operations: [put('a', 'x'.repeat(6000))] })).status).toBe(413);
  });
});
