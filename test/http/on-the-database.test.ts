import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusBody } from '../../src/protocol/rest-bodies.js';
import { Database } from '../../src/store/database.js';
import { call } from '../support/http-call.js';
import { startNode, TestNode } from '../support/test-node.js';

let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start({}, { compactionBackground: 'inline' });
});
afterAll(() => node.stop());

const put = (key: string, body: string) => call(node.url, 'PUT', `/v1/kv/${key}`, { body });
const metric = (text: string, line: RegExp): number => Number(line.exec(text)?.[1]);

describe('a node alone on a real database', () => {
  it('leads at once, in the first epoch, and says so', async () => {
    const status = (await call(node.url, 'GET', '/v1/status')).json() as StatusBody;
    expect(status).toMatchObject({ role: 'leader', epoch: 1, url: node.url, storage: 'open', clusterId: null });
    expect(status.leader).toEqual({ nodeId: node.node.nodeId, url: node.url });
    expect(status.partitions).toEqual([{ partition: 0, role: 'leader', epoch: 1, leader: status.leader }]);
    expect(status.engine).toHaveProperty('tree.levels');
    expect((await call(node.url, 'GET', '/health/ready')).json()).toEqual({ status: 'ok' });
    const cluster = (await call(node.url, 'GET', '/v1/cluster')).json();
    expect(cluster).toMatchObject({ coordination: { kind: 'local' }, epoch: 1, nodes: [{ nodeId: node.node.nodeId }] });
  });

  it('writes, replaces, reads, scans and deletes', async () => {
    expect((await put('a%2Fb', '1')).status).toBe(201);
    expect((await put('a%2Fb', '2')).status).toBe(204);
    expect((await put('a%2Fc', '3')).status).toBe(201);
    expect((await call(node.url, 'GET', '/v1/kv/a%2Fb')).text).toBe('2');
    const scanned = (await call(node.url, 'GET', '/v1/kv?prefix=a/&reverse')).json();
    expect(scanned).toMatchObject({
      items: [
        { key: 'a/c', value: '3' },
        { key: 'a/b', value: '2' },
      ],
    });
    expect((await call(node.url, 'DELETE', '/v1/kv/a%2Fb')).status).toBe(204);
    expect((await call(node.url, 'GET', '/v1/kv/a%2Fb')).status).toBe(404);
    expect((await call(node.url, 'DELETE', '/v1/kv/a%2Fb')).status).toBe(404);
  });

  it('keeps conditions and answers 412 with the present ETag', async () => {
    const { headers } = await put('cas', '1');
    const second = await call(node.url, 'PUT', '/v1/kv/cas', { body: '2', headers: { 'If-Match': headers.etag } });
    const third = await call(node.url, 'PUT', '/v1/kv/cas', { body: '3', headers: { 'If-Match': headers.etag } });
    expect([second.status, third.status, third.headers.etag]).toEqual([204, 412, second.headers.etag]);
    expect((await call(node.url, 'DELETE', '/v1/kv/cas', { headers: { 'If-Match': headers.etag } })).status).toBe(412);
  });

  it('lets exactly one of many creators win', async () => {
    const headers = { 'If-None-Match': '*' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => call(node.url, 'PUT', '/v1/kv/once', { body: String(i), headers })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
  });

  it('writes a batch whole or not at all, and refuses a content type that cannot be stored', async () => {
    const operations = [
      { type: 'put', key: 'b1', value: '1' },
      { type: 'delete', key: 'once' },
    ];
    const done = await call(node.url, 'POST', '/v1/batch', { body: JSON.stringify({ operations }) });
    expect(done.json()).toMatchObject({ results: [{ replaced: false }, { replaced: true }] });
    const typed = [
      { type: 'put', key: 'b2', value: '1' },
      { type: 'put', key: 'b3', value: '1', contentType: 'a\nb' },
    ];
    expect((await call(node.url, 'POST', '/v1/batch', { body: JSON.stringify({ operations: typed }) })).status).toBe(
      400,
    );
    expect((await call(node.url, 'GET', '/v1/kv/b2')).status).toBe(404);
  });

  it('serves the original calls', async () => {
    await call(node.url, 'POST', '/add/', { body: '{"key":"old","value":"1:2"}' });
    expect((await call(node.url, 'GET', '/get/?key=old')).json()).toMatchObject({ value: '1:2', deleted: false });
    expect((await call(node.url, 'POST', '/delete/?key=old')).json()).toMatchObject({ value: '1:2', deleted: true });
    expect((await call(node.url, 'POST', '/delete/?key=old')).status).toBe(404);
  });

  it('streams a long scan in order, through a flush and a compaction', async () => {
    for (let batch = 0; batch < 20; batch++) {
      const operations = Array.from({ length: 100 }, (_, i) => ({
        type: 'put',
        key: `s${String(batch * 100 + i).padStart(5, '0')}`,
        value: 'x'.repeat(200),
      }));
      await call(node.url, 'POST', '/v1/batch', { body: JSON.stringify({ operations }) });
    }
    const scan = call(node.url, 'GET', '/v1/kv?prefix=s&keysOnly', { headers: { Accept: 'application/x-ndjson' } });
    expect((await call(node.url, 'POST', '/v1/admin/flush')).json()).toEqual({ done: true });
    expect((await call(node.url, 'POST', '/v1/admin/compact')).json()).toEqual({ done: true });
    const keys = (await scan).text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { key: string }).key);
    expect(keys).toHaveLength(2000);
    expect(keys).toEqual([...keys].sort());
    expect((await call(node.url, 'GET', '/v1/kv/s01234')).text).toBe('x'.repeat(200));
  });

  it('makes a checkpoint that opens, below the data directory only', async () => {
    await put('in-checkpoint', 'yes');
    const made = await call(node.url, 'POST', '/v1/admin/checkpoint', { body: '{"name":"c1"}' });
    expect(made.json()).toEqual({ name: 'c1', directory: join(node.directory, 'checkpoints', 'c1') });
    const copy = await Database.open(join(node.directory, 'checkpoints', 'c1'), { background: 'inline' });
    expect(Buffer.from((await copy.get(Buffer.from('in-checkpoint'))) ?? []).toString()).toBe('yes');
    await copy.close();
    expect((await call(node.url, 'POST', '/v1/admin/checkpoint', { body: '{"name":"c1"}' })).status).toBe(409);
    for (const name of ['..', '../x', '/tmp/x', 'a/b', '', '.hidden', 'a\\u0000b', 'x'.repeat(200)]) {
      const answer = await call(node.url, 'POST', '/v1/admin/checkpoint', { body: `{"name":"${name}"}` });
      expect([name, answer.status]).toEqual([name, 400]);
    }
    expect(await readdir(join(node.directory, 'checkpoints'))).toEqual(['c1']);
  });

  it('measures itself', async () => {
    const { text, headers } = await call(node.url, 'GET', '/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(metric(text, /^corecache_request_seconds_count\{operation="put"\} (\d+)$/m)).toBeGreaterThan(3);
    expect(metric(text, /^corecache_requests_total\{operation="delete",status="4xx"\} (\d+)$/m)).toBeGreaterThan(0);
    expect(metric(text, /^corecache_role\{role="leader"\} (\d+)$/m)).toBe(1);
    expect(metric(text, /^corecache_epoch (\d+)$/m)).toBe(1);
    expect(metric(text, /^corecache_flush_total (\d+)$/m)).toBeGreaterThan(0);
    expect(metric(text, /^corecache_log_appends_total (\d+)$/m)).toBeGreaterThan(20);
    const names = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    for (const family of ['log', 'memtable', 'flush', 'compaction', 'cache', 'stall', 'event_loop', 'tables']) {
      expect([...names].some((name) => name?.startsWith(`corecache_${family}`))).toBe(true);
    }
    const again = (await call(node.url, 'GET', '/metrics')).text;
    expect(metric(again, /^corecache_flush_total (\d+)$/m)).toBe(metric(text, /^corecache_flush_total (\d+)$/m));
  });

  it('keeps everything, its id included, and rises in epoch when it is started again', async () => {
    const { directory } = node;
    const { nodeId } = node.node;
    await put('kept', 'yes');
    await node.node.stop();
    const again = await startNode(directory, {}, { compactionBackground: 'inline' });
    expect((await call(again.url, 'GET', '/v1/kv/kept')).text).toBe('yes');
    expect(again.status()).toMatchObject({ nodeId, epoch: 2, role: 'leader' });
    await again.stop();
  });
});
