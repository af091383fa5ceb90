import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScanBody, ScanItem } from '../../src/protocol/rest-bodies.js';
import { call, type Answer } from '../support/http-call.js';
import { memoryParts, TestNode } from '../support/test-node.js';

let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start(memoryParts(), {
    limitsScanItemsDefault: 5,
    limitsScanItemsMax: 10,
    limitsScanBytesMax: '1KiB',
  });
  for (let i = 0; i < 12; i++) await put(`n${String(i).padStart(2, '0')}`, `value ${i}`);
  for (const i of [1, 2, 3]) await put(`wide${i}`, 'w'.repeat(700));
  await put('x%FF', Buffer.from([0xff]));
});
afterAll(() => node.stop());

const put = (key: string, body: string | Buffer): Promise<Answer> => call(node.url, 'PUT', `/v1/kv/${key}`, { body });
const scan = (query: string, headers = {}): Promise<Answer> => call(node.url, 'GET', `/v1/kv?${query}`, { headers });
async function page(query: string): Promise<ScanBody> {
  const answer = await scan(query);
  expect(answer.status).toBe(200);
  return answer.json() as ScanBody;
}
const keysOf = ({ items }: ScanBody): string[] => items.map(({ key }) => key);
const NDJSON = { Accept: 'application/x-ndjson' };
const linesOf = (answer: Answer): unknown[] =>
  answer.text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('GET /v1/kv as a page', () => {
  it('lists entries in key order with value, ETag and time', async () => {
    const { items, cursor } = await page('prefix=n&limit=2');
    expect(items.map(({ key, value }) => [key, value])).toEqual([
      ['n00', 'value 0'],
      ['n01', 'value 1'],
    ]);
    expect(items[0]?.etag).toMatch(/^"1-\d+"$/);
    expect(Math.abs((items[0]?.writtenAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(cursor).toBeTypeOf('string');
  });

  it.each(['', '&reverse'])('shows every key once, page by page%s, and no cursor at the end', async (direction) => {
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const body = await page(`prefix=n&limit=5${direction}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      keys.push(...keysOf(body));
      cursor = body.cursor;
    } while (cursor !== undefined);
    const sorted = [...keys].sort();
    expect(keys).toHaveLength(12);
    expect(keys).toEqual(direction === '' ? sorted : sorted.reverse());
  });

  it('gives no cursor when the page ends with the last entry', async () => {
    expect((await page('prefix=wide&limit=3&keysOnly')).cursor).toBeUndefined();
  });

  it('takes start included and end excluded, in both directions', async () => {
    expect(keysOf(await page('start=n03&end=n06'))).toEqual(['n03', 'n04', 'n05']);
    expect(keysOf(await page('start=n03&end=n06&reverse=true'))).toEqual(['n05', 'n04', 'n03']);
    expect(keysOf(await page('start=n06&end=n03'))).toEqual([]);
  });

  it('uses the default limit, and refuses more than the most', async () => {
    expect((await page('')).items).toHaveLength(5);
    expect((await scan('limit=11')).status).toBe(400);
    expect((await scan('limit=0')).status).toBe(400);
    expect((await scan('limit=-1')).status).toBe(400);
  });

  it('ends early, with a cursor, when the page is large enough', async () => {
    const body = await page('prefix=wide');
    expect(keysOf(body)).toEqual(['wide1', 'wide2']);
    expect(keysOf(await page(`prefix=wide&cursor=${body.cursor ?? ''}`))).toEqual(['wide3']);
  });

  it('leaves the values out with keysOnly', async () => {
    const { items } = await page('prefix=n&limit=1&keysOnly');
    expect(items[0]).not.toHaveProperty('value');
  });

  it('encodes as asked, and what is not UTF-8 in base64 with a mark', async () => {
    const [plain] = (await page('prefix=x')).items;
    expect(plain).toMatchObject({ key: 'eP8=', value: '/w==', encoding: 'base64' });
    const [asked] = (await page('prefix=x&encoding=base64')).items;
    expect(asked).toMatchObject({ key: 'eP8=', value: '/w==' });
    expect(asked).not.toHaveProperty('encoding');
    expect((await page('prefix=x%FF')).items).toHaveLength(1);
  });

  it.each([
    ['cursor=nonsense', 'cursor'],
    ['cursor=', 'cursor'],
    ['limit=ten', 'limit'],
    ['reverse=maybe', 'reverse'],
    ['encoding=latin1', 'encoding'],
    ['from=a', 'allowed here: prefix, start'],
    ['prefix=%', 'prefix'],
    ['consistency=never', 'consistency'],
  ])('refuses %s', async (query, message) => {
    const answer = await scan(query);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message);
  });

  it('refuses a cursor of the other direction', async () => {
    const { cursor = '' } = await page('limit=1');
    expect((await scan(`limit=1&reverse&cursor=${cursor}`)).status).toBe(400);
  });
});

describe('GET /v1/kv as lines', () => {
  it('streams all entries, one a line, without a limit', async () => {
    const answer = await scan('', NDJSON);
    expect(answer.headers['content-type']).toBe('application/x-ndjson');
    const items = linesOf(answer) as ScanItem[];
    expect(items).toHaveLength(16);
    expect(items[0]).toMatchObject({ key: 'n00', value: 'value 0' });
  });

  it('ends with a cursor when it was cut at its limit, and goes on from it', async () => {
    const lines = linesOf(await scan('prefix=n&limit=11', NDJSON)) as (ScanItem & { cursor?: string })[];
    expect(lines).toHaveLength(12);
    const { cursor = '' } = lines[11]!;
    expect(linesOf(await scan(`prefix=n&cursor=${cursor}`, NDJSON))).toMatchObject([{ key: 'n11' }]);
  });
});
