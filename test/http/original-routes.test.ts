import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Answer } from '../support/http-call.js';
import { memoryParts, TestNode } from '../support/test-node.js';

let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start(memoryParts());
});
afterAll(() => node.stop());

const add = (body: unknown): Promise<Answer> =>
  call(node.url, 'POST', '/add/', { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });

describe('the original calls', () => {
  it('add, get and delete a record', async () => {
    const added = await add({ key: 'k:1', value: 'a:b' });
    expect(added.json()).toMatchObject({ key: 'k:1', value: 'a:b', deleted: false });
    const got = (await call(node.url, 'GET', '/get/?key=k%3A1')).json() as { timestamp: number };
    expect(got).toMatchObject({ key: 'k:1', value: 'a:b', deleted: false });
    expect(Math.abs(got.timestamp - Date.now())).toBeLessThan(5000);
    const deleted = await call(node.url, 'POST', '/delete/?key=k%3A1');
    expect(deleted.json()).toMatchObject({ key: 'k:1', value: 'a:b', deleted: true });
    expect((await call(node.url, 'GET', '/get/?key=k%3A1')).status).toBe(404);
  });

  it('work without the slash at the end', async () => {
    expect((await call(node.url, 'GET', '/get?key=none')).status).toBe(404);
  });

  it('share their data with /v1/kv', async () => {
    await add({ key: 'shared', value: '1' });
    expect((await call(node.url, 'GET', '/v1/kv/shared')).text).toBe('1');
  });

  it.each([
    ['GET', '/get/?key=none'],
    ['POST', '/delete/?key=none'],
  ])('answer 404 with a detail for a missing key: %s %s', async (method, path) => {
    const answer = await call(node.url, method, path);
    expect(answer.status).toBe(404);
    expect(answer.json()).toEqual({ detail: 'the key has no value' });
  });

  it.each([
    ['GET', '/get/', undefined],
    ['GET', '/get/?key=', undefined],
    ['GET', '/get/?id=1', undefined],
    ['POST', '/add/', '{"key":"a"}'],
    ['POST', '/add/', 'key=a'],
    ['POST', '/add/', '{"key":"","value":"x"}'],
  ])('answer 400 with a detail for what they cannot understand: %s %s %s', async (method, path, body) => {
    const answer = await call(node.url, method, path, body === undefined ? {} : { body });
    expect(answer.status).toBe(400);
    expect(answer.json()).toHaveProperty('detail');
  });

  it('refuse a value that is not text instead of guessing', async () => {
    await call(node.url, 'PUT', '/v1/kv/binary', { body: Buffer.from([0xff]) });
    expect((await call(node.url, 'GET', '/get/?key=binary')).status).toBe(400);
    expect((await call(node.url, 'POST', '/delete/?key=binary')).status).toBe(400);
    expect((await call(node.url, 'GET', '/v1/kv/binary')).status).toBe(200);
  });
});
