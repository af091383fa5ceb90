import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Agent, request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { call } from '../support/http-call.js';
import { MemoryStore } from '../support/memory-store.js';
import { memoryParts, TestNode, type Flags } from '../support/test-node.js';

const FLAGS: Flags = {
  serverHeadersTimeout: '200ms',
  serverRequestTimeout: '400ms',
  serverResponseTimeout: '500ms',
  serverConnectionsMax: 40,
  serverRequestsInFlightMax: 18,
  serverBodyBytesInFlightMax: '1MiB',
  limitsValueBytesMax: '64KiB',
  limitsRequestBytesMax: '128KiB',
  nodeStopGracePeriod: '300ms',
};
let store: MemoryStore;
let node: TestNode;
let sockets: Socket[];
beforeEach(async () => {
  store = new MemoryStore();
  sockets = [];
  node = await TestNode.start(memoryParts(store, new FakeCluster()), FLAGS);
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await node.stop();
});

const errorCode = (json: unknown): string => (json as { error: { code: string } }).error.code;

async function rawSocket(): Promise<Socket> {
  const socket = connect(Number(new URL(node.url).port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
/** Everything the server says until it ends the connection. */
async function conversation(text: string): Promise<string> {
  const socket = await rawSocket();
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  socket.write(text, 'latin1');
  await once(socket, 'close');
  return answer;
}
/** A gate that holds whoever comes until it is opened. */
function gate(): { wait: () => Promise<void>; open: () => void; waiting: () => number } {
  let open = (): void => undefined;
  let waiting = 0;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const wait = (): Promise<void> => {
    waiting++;
    return opened;
  };
  return {
    wait,
    open: () => {
      open();
    },
    waiting: () => waiting,
  };
}

describe('a page of another site in a browser', () => {
  const asked = async (method: string, path: string, headers: Record<string, string>): Promise<unknown> => {
    const answer = await call(node.url, method, path, { body: '{"key":"k","value":"v"}', headers });
    return answer.status < 400 ? answer.status : [answer.status, errorCode(answer.json())];
  };

  it.each(['http://evil.example', 'null', 'http://127.0.0.1:1', 'nonsense'])(
    'of origin %s changes nothing',
    async (Origin) => {
      expect(await asked('POST', '/v1/admin/flush', { Origin })).toEqual([403, 'FORBIDDEN']);
      expect(await asked('PUT', '/v1/kv/k', { Origin })).toEqual([403, 'FORBIDDEN']);
      const original = await call(node.url, 'POST', '/add/', { body: '{"key":"k","value":"v"}', headers: { Origin } });
      expect([original.status, original.json()]).toEqual([
        403,
        { detail: expect.stringContaining('Origin') as string },
      ]);
      expect((await call(node.url, 'GET', '/v1/kv/k')).status).toBe(404);
    },
  );

  it('may read, and a page of this server may write', async () => {
    expect(await asked('PUT', '/v1/kv/k', { Origin: node.url })).toBe(201);
    expect(await asked('PUT', '/v1/kv/k', { Origin: 'https://kv.example', Host: 'KV.example:443' })).toBe(204);
    expect((await call(node.url, 'GET', '/v1/kv/k', { headers: { Origin: 'http://evil.example' } })).status).toBe(200);
  });
});

describe('what is not there', () => {
  it('is 404 in the error shape', async () => {
    const answer = await call(node.url, 'GET', '/v1/nothing');
    expect(answer.json()).toMatchObject({ error: { code: 'NOT_FOUND', retryable: false } });
    expect([answer.status, answer.headers['content-type']]).toEqual([404, 'application/json; charset=utf-8']);
  });

  it.each([
    ['PATCH', '/v1/kv/x', 'GET'],
    ['POST', '/v1/kv/x', 'PUT'],
    ['GET', '/v1/batch', 'POST'],
    ['DELETE', '/v1/status', 'GET'],
    ['PUT', '/add/', 'POST'],
  ])('is 405 with Allow for another method: %s %s', async (method, path, allowed) => {
    const answer = await call(node.url, method, path);
    expect([answer.status, errorCode(answer.json())]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers.allow?.split(', ')).toContain(allowed);
  });
});

describe('a hostile client', () => {
  it('that speaks no HTTP hears 400 in the error shape', async () => {
    const answer = await conversation('HELLO\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"INVALID_ARGUMENT"');
  });

  it.each(['http://[', '?', 'kv/x', 'http://a:b/'])('that asks for %s hears 400', async (target) => {
    const answer = await conversation(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"INVALID_ARGUMENT"');
  });

  it('that sends the whole URL is served', async () => {
    const target = 'http://any.example/v1/kv/none?consistency=stale';
    const answer = await conversation(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toContain('KEY_NOT_FOUND');
  });

  it('that takes nothing in is cut off in the end', async () => {
    for (let i = 0; i < 300; i++) {
      await store.write([{ type: 'put', key: Buffer.from(`k${i}`), value: Buffer.alloc(60_000, 'x') }]);
    }
    const socket = await rawSocket();
    socket.pause();
    socket.write('GET /v1/kv HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n');
    await eventually('the scan has begun', 2000, () => (store.openScans === 1 ? true : undefined));
    await eventually('the scan is over', 5000, () => (store.openScans === 0 ? true : undefined));
  });

  it('that sends its headers too slowly is cut off', async () => {
    expect(await conversation('GET /v1/kv/x HTTP/1.1\r\nHost:')).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it('that sends its body too slowly is cut off, and nothing is written', async () => {
    await conversation('PUT /v1/kv/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf');
    expect((await call(node.url, 'GET', '/v1/kv/slow')).status).toBe(404);
  });

  it('that sends headers without end hears 431', async () => {
    expect(await conversation(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('that goes away in the middle of its body has written nothing', async () => {
    const socket = await rawSocket();
    socket.write('PUT /v1/kv/half HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf');
    socket.destroy();
    await once(socket, 'close');
    expect((await call(node.url, 'GET', '/v1/kv/half')).status).toBe(404);
  });

  it('that announces too large a body hears 413 before it has sent it', async () => {
    const answer = await conversation('PUT /v1/kv/x HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('VALUE_TOO_LARGE');
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  it('that asks before it sends is refused without being told to go on', async () => {
    const head = 'PUT /v1/kv/x HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\nExpect: 100-continue\r\n\r\n';
    expect(await conversation(head)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that sends a body without end hears 413, whole, while it is still sending', async () => {
    const socket = await rawSocket();
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.write('PUT /v1/kv/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const send = setInterval(() => socket.write(chunk), 1);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(send);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('VALUE_TOO_LARGE');
  });

  it('that sends many large bodies at once hears 429, and the memory is free again after', async () => {
    const socketsOfMany = await Promise.all(Array.from({ length: 16 }, () => rawSocket()));
    for (const [i, socket] of socketsOfMany.entries()) {
      socket.write(`PUT /v1/kv/m${i} HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\nhalf`);
    }
    await eventually('the budget is taken', 2000, async () => {
      const { status } = await call(node.url, 'PUT', '/v1/kv/x', { body: 'x'.repeat(10_000) });
      return status === 429 ? true : undefined;
    });
    for (const socket of socketsOfMany) socket.destroy();
    await eventually('the budget is free', 2000, async () => {
      const { status } = await call(node.url, 'PUT', '/v1/kv/x', { body: 'x'.repeat(10_000) });
      return status < 300 ? true : undefined;
    });
  });

  it('that asks for too much at once hears 429 with Retry-After, and others are served after', async () => {
    const held = gate();
    store.beforeRead = held.wait;
    const first = Array.from({ length: 18 }, () => call(node.url, 'GET', '/v1/kv/a'));
    await eventually('all wait', 2000, () => (held.waiting() === 18 ? true : undefined));
    const third = await call(node.url, 'GET', '/v1/kv/c');
    expect([third.status, errorCode(third.json()), third.headers['retry-after']]).toEqual([429, 'SLOW_DOWN', '1']);
    expect((await call(node.url, 'GET', '/health/live')).status).toBe(200);
    held.open();
    expect(new Set((await Promise.all(first)).map(({ status }) => status))).toEqual(new Set([404]));
    expect((await call(node.url, 'GET', '/v1/kv/c')).status).toBe(404);
  });
});

describe('several requests over one connection', () => {
  it('are each answered, also after an error', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const statuses: number[] = [];
    for (const [method, path] of [
      ['PUT', 'x'],
      ['GET', 'x'],
      ['GET', '%zz'],
      ['DELETE', 'x'],
      ['DELETE', 'x'],
      ['HEAD', 'x'],
    ]) {
      const answer = await call(node.url, method!, `/v1/kv/${path!}`, {
        agent,
        ...(method === 'PUT' ? { body: '1' } : {}),
      });
      statuses.push(answer.status);
    }
    agent.destroy();
    expect(statuses).toEqual([201, 200, 400, 204, 404, 404]);
  });

  it('may be sent all at once', async () => {
    const get = 'GET /v1/kv/x HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await conversation(`${get}${get.replace('Host: x', 'Host: x\r\nConnection: close')}`);
    expect(answer.match(/HTTP\/1\.1 404 /g)).toHaveLength(2);
  });
});

describe('a node that stops', () => {
  it('answers what is in flight, ends idle connections, and takes no new ones', async () => {
    const held = gate();
    store.beforeAcknowledgement = held.wait;
    const agent = new Agent({ keepAlive: true });
    await call(node.url, 'GET', '/v1/kv/idle', { agent });
    const write = call(node.url, 'PUT', '/v1/kv/last', { body: 'x', agent: new Agent({ keepAlive: true }) });
    await eventually('the write waits', 2000, () => (held.waiting() === 1 ? true : undefined));
    const stopped = node.node.stop();
    await expect(call(node.url, 'GET', '/v1/kv/new')).rejects.toThrow();
    expect(store.isClosed).toBe(false);
    held.open();
    const answer = await write;
    expect([answer.status, answer.headers.connection]).toEqual([201, 'close']);
    await stopped;
    expect(store.isClosed).toBe(true);
    agent.destroy();
  });

  it('cuts off what takes longer than the grace period', async () => {
    store.beforeRead = () => new Promise(() => undefined);
    const stuck = call(node.url, 'GET', '/v1/kv/x').then(
      () => 'answered',
      () => 'cut off',
    );
    await eventually('it waits', 2000, async () => {
      const { text } = await call(node.url, 'GET', '/v1/status');
      return text === '' ? undefined : true;
    });
    await node.node.stop();
    expect(await stuck).toBe('cut off');
  });

  it('stops once, however often it is told to', async () => {
    await Promise.all([node.node.stop(), node.node.stop()]);
    await node.node.stop();
  });
});

describe('a scan', () => {
  it('reads no further when the client does not take it in', async () => {
    for (let i = 0; i < 600; i++)
      await store.write([{ type: 'put', key: Buffer.from(`k${i}`), value: Buffer.alloc(30_000, 'x') }]);
    let reads = 0;
    store.beforeRead = () => {
      reads++;
    };
    const { port } = new URL(node.url);
    const request = httpRequest({ port, path: '/v1/kv', headers: { Accept: 'application/x-ndjson' } });
    request.end();
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    response.pause();
    let before = -1;
    await eventually('it stands still', 5000, async () => {
      const stands = reads === before;
      before = reads;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return stands ? true : undefined;
    });
    expect(reads).toBeLessThan(590);
    expect((await call(node.url, 'GET', '/health/live')).status).toBe(200);
    request.destroy();
  });
});
