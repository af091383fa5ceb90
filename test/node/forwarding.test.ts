import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeCluster } from '../support/fake-cluster.js';
import { call } from '../support/http-call.js';
import { MemoryStore } from '../support/memory-store.js';
import { memoryParts, TestNode, type Flags } from '../support/test-node.js';

const FLAGS: Flags = { forwardingConnectTimeout: '1s', forwardingTimeout: '300ms' };
let cluster: FakeCluster;
let leaderStore: MemoryStore;
let leader: TestNode;
let follower: TestNode;
beforeEach(async () => {
  cluster = new FakeCluster();
  leaderStore = new MemoryStore();
  leader = await TestNode.start(memoryParts(leaderStore, cluster), FLAGS);
  follower = await TestNode.start(memoryParts(new MemoryStore(), cluster), FLAGS);
});
afterEach(async () => {
  await follower.stop();
  await leader.stop();
});

const errorCode = (json: unknown): string => (json as { error: { code: string } }).error.code;

describe('a follower', () => {
  it('passes every kind of request on to the leader, and the answer back', async () => {
    const body = Buffer.alloc(100_000, 'x');
    const headers = { 'Content-Type': 'text/plain' };
    const put = await call(follower.url, 'PUT', '/v1/kv/a%2Fb%00%FF', { body, headers });
    expect(put.status).toBe(201);
    const get = await call(follower.url, 'GET', '/v1/kv/a%2Fb%00%FF');
    expect([get.status, get.headers.etag, get.headers['content-type']]).toEqual([200, put.headers.etag, 'text/plain']);
    expect(get.body.equals(body)).toBe(true);
    const head = await call(follower.url, 'HEAD', '/v1/kv/a%2Fb%00%FF');
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '100000', '']);
    expect((await call(follower.url, 'GET', '/v1/kv?keysOnly')).json()).toHaveProperty('items.0.encoding', 'base64');
    const batch = JSON.stringify({ operations: [{ type: 'put', key: 'b', value: '1' }] });
    expect((await call(follower.url, 'POST', '/v1/batch', { body: batch })).status).toBe(200);
    expect((await call(follower.url, 'POST', '/add/', { body: '{"key":"o","value":"1"}' })).status).toBe(200);
    const gone = { headers: { 'If-Match': get.headers.etag } };
    expect((await call(follower.url, 'DELETE', '/v1/kv/a%2Fb%00%FF', gone)).status).toBe(204);
    expect((await call(leader.url, 'GET', '/v1/kv/a%2Fb%00%FF')).status).toBe(404);
  });

  it('passes errors back as they are', async () => {
    const answer = await call(follower.url, 'GET', '/v1/kv/missing');
    expect([answer.status, errorCode(answer.json())]).toEqual([404, 'KEY_NOT_FOUND']);
    expect((await call(follower.url, 'PUT', '/v1/kv/x?nonsense', { body: '' })).status).toBe(400);
    const original = await call(follower.url, 'GET', '/get/?key=missing');
    expect([original.status, original.json()]).toEqual([404, { detail: 'the key has no value' }]);
  });

  it('passes on a body of unknown length, framed', async () => {
    const headers = { 'Transfer-Encoding': 'chunked' };
    expect((await call(follower.url, 'PUT', '/v1/kv/chunked', { body: 'in chunks', headers })).status).toBe(201);
    expect((await call(leader.url, 'GET', '/v1/kv/chunked')).text).toBe('in chunks');
    const smuggled = 'PUT /v1/kv/smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx';
    expect((await call(follower.url, 'GET', '/v1/kv/none', { body: smuggled, headers })).status).toBe(404);
    expect((await call(follower.url, 'GET', '/v1/kv/none')).status).toBe(404);
    expect((await call(leader.url, 'GET', '/v1/kv/smuggled')).status).toBe(404);
  });

  it('keeps a body framed whose length is named as a header of the connection', async () => {
    const hidden = 'PUT /v1/kv/hidden HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx';
    const headers = { Connection: 'close, Content-Length', 'Content-Length': hidden.length };
    expect((await call(follower.url, 'GET', '/v1/kv/none', { body: hidden, headers })).status).toBe(404);
    // On the connection that was kept: whatever came in before it has been answered by then.
    expect((await call(follower.url, 'GET', '/v1/kv/none')).status).toBe(404);
    expect((await call(leader.url, 'GET', '/v1/kv/hidden')).status).toBe(404);
  });

  it('passes a page of its own origin on, though the leader has another address', async () => {
    const headers = { Origin: follower.url };
    expect((await call(follower.url, 'PUT', '/v1/kv/page', { body: 'x', headers })).status).toBe(201);
  });

  it('waits for a client that takes its time, as long as the leader does not keep it waiting', async () => {
    const size = 12 * 1024 * 1024;
    expect((await call(leader.url, 'PUT', '/v1/kv/large', { body: Buffer.alloc(size) })).status).toBe(201);
    const received = await new Promise<number>((resolve, reject) => {
      httpRequest(`${follower.url}/v1/kv/large`, (answer) => {
        let bytes = 0;
        // Longer than the leader may be silent.
        setTimeout(() => {
          answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
        }, 900);
        answer.on('end', () => {
          resolve(bytes);
        });
        answer.on('error', reject);
      }).end();
    });
    expect(received).toBe(size);
  });

  it('keeps headers of the connection to itself', async () => {
    const headers = { Connection: 'close, X-Mine', 'X-Mine': '1', TE: 'trailers' };
    const answer = await call(follower.url, 'PUT', '/v1/kv/hop', { body: 'x', headers });
    expect(answer.status).toBe(201);
  });

  it('answers 421 with the address of the leader when it must not forward', async () => {
    const headers = { 'Corecache-No-Forward': '1' };
    const answer = await call(follower.url, 'GET', '/v1/kv/x', { headers });
    expect([answer.status, errorCode(answer.json())]).toEqual([421, 'NOT_LEADER']);
    expect(answer.headers['corecache-leader']).toBe(new URL(leader.url).host);
    expect((await call(leader.url, 'GET', '/v1/kv/x', { headers })).status).toBe(404);
  });

  it('answers 503 with Retry-After when nobody leads', async () => {
    cluster.nobodyLeads();
    const answer = await call(follower.url, 'GET', '/v1/kv/x');
    expect([answer.status, errorCode(answer.json()), answer.headers['retry-after']]).toEqual([503, 'NO_LEADER', '1']);
    expect((await call(follower.url, 'GET', '/health/ready')).status).toBe(503);
    expect((await call(follower.url, 'GET', '/health/live')).status).toBe(200);
  });

  it('does not forward what was forwarded to it', async () => {
    const headers = { 'Corecache-Forwarded-By': 'another' };
    const answer = await call(follower.url, 'GET', '/v1/kv/x', { headers });
    expect([answer.status, errorCode(answer.json())]).toEqual([503, 'NO_LEADER']);
  });

  it('answers about itself without asking the leader', async () => {
    const status = (await call(follower.url, 'GET', '/v1/status')).json();
    expect(status).toMatchObject({ nodeId: follower.node.nodeId, role: 'follower', leader: { url: leader.url } });
    const owner = (await call(follower.url, 'GET', '/v1/cluster/owner?key=a')).json();
    expect(owner).toEqual({ key: 'a', partition: 0, leader: { nodeId: leader.node.nodeId, url: leader.url } });
  });

  it('leads when it is told to, in a higher epoch', async () => {
    await cluster.lead(follower.node.nodeId);
    const put = await call(leader.url, 'PUT', '/v1/kv/x', { body: '1' });
    expect(put.headers.etag).toMatch(/^"2-/);
    expect((await call(follower.url, 'GET', '/v1/status')).json()).toMatchObject({ role: 'leader', epoch: 2 });
  });

  it('lets go of the leader when its client goes away in the middle of the body', async () => {
    const { port } = new URL(follower.url);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('PUT /v1/kv/half HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf');
    socket.destroy();
    await once(socket, 'close');
    await call(follower.url, 'PUT', '/v1/kv/after', { body: 'x' });
    expect((await call(leader.url, 'GET', '/v1/kv/half')).status).toBe(404);
  });
});

describe('a leader that cannot be reached, or breaks off', () => {
  let servers: (Server | TcpServer)[] = [];
  afterEach(() => {
    for (const server of servers) server.close();
    servers = [];
  });

  async function pretendLeader(server: Server | TcpServer): Promise<void> {
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    cluster.pretendLeader({ nodeId: 'pretender', url: `http://127.0.0.1:${port}` });
  }
  const outcome = async (method: string): Promise<unknown> => {
    const answer = await call(follower.url, method, '/v1/kv/x', method === 'PUT' ? { body: 'value' } : {});
    return [answer.status, errorCode(answer.json())];
  };

  it('is 503 for every request when nothing listens there: nothing was sent', async () => {
    const server = createTcpServer();
    await pretendLeader(server);
    server.close();
    await once(server, 'close');
    expect(await outcome('GET')).toEqual([503, 'NO_LEADER']);
    expect(await outcome('PUT')).toEqual([503, 'NO_LEADER']);
    expect(await outcome('DELETE')).toEqual([503, 'NO_LEADER']);
  });

  it('is 504 for a write that was sent, and 503 for a read, when the connection breaks', async () => {
    await pretendLeader(
      createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          if (chunk.includes('value') || !chunk.includes('PUT')) socket.destroy();
        });
      }),
    );
    expect(await outcome('PUT')).toEqual([504, 'OUTCOME_UNKNOWN']);
    expect(await outcome('DELETE')).toEqual([504, 'OUTCOME_UNKNOWN']);
    expect(await outcome('GET')).toEqual([503, 'NO_LEADER']);
  });

  it('is asked once more for a read when it had just closed the connection that was kept', async () => {
    const methods: string[] = [];
    await pretendLeader(
      createTcpServer((socket) => {
        let answered = 0;
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          methods.push(chunk.toString('latin1').split(' ', 1)[0] ?? '');
          if (answered++ > 0) socket.destroy();
          else socket.write('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n');
        });
      }),
    );
    const statuses: number[] = [];
    for (const method of ['GET', 'GET', 'HEAD', 'DELETE']) {
      statuses.push((await call(follower.url, method, '/v1/kv/x')).status);
    }
    expect(statuses).toEqual([200, 200, 200, 504]);
    expect(methods).toEqual(['GET', 'GET', 'GET', 'HEAD', 'HEAD', 'DELETE']);
  });

  it('is 504 for a write when the leader stays silent', async () => {
    await pretendLeader(createServer(() => undefined));
    expect(await outcome('PUT')).toEqual([504, 'OUTCOME_UNKNOWN']);
    expect(await outcome('GET')).toEqual([503, 'NO_LEADER']);
  });

  it('breaks the answer off when it breaks off in the middle, and never completes it', async () => {
    const halfAnAnswer: RequestListener = (_, response) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('half', () => response.destroy());
    };
    await pretendLeader(createServer(halfAnAnswer));
    await expect(call(follower.url, 'GET', '/v1/kv/x')).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });
});
