import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CoreCacheClient, type ClientOptions } from '../../src/client/corecache-client.js';
import { SystemClock } from '../../src/env/system-clock.js';
import { SystemRandomness } from '../../src/env/system-randomness.js';

const servers: Server[] = [];
const clients: CoreCacheClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(urls: string[], options: Partial<ClientOptions> = {}): CoreCacheClient {
  const client = new CoreCacheClient({
    urls,
    clock: new SystemClock(),
    randomness: new SystemRandomness(),
    retryForMs: 2000,
    ...options,
  });
  clients.push(client);
  return client;
}

const refuse = (response: ServerResponse, status: number, code: string, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: { code, message: code, retryable: false } }));
};
const key = Buffer.from('key');
const value = Buffer.from('value');

describe('the leader', () => {
  it('is found through a follower that names it, and asked directly from then on', async () => {
    let asked = 0;
    const leader = await serve((_request, response) => response.writeHead(201, { etag: '"1-1"' }).end());
    const follower = await serve((_request, response) => {
      asked++;
      refuse(response, 421, 'NOT_LEADER', { 'corecache-leader': new URL(leader).host });
    });
    const client = clientOf([follower]);
    for (let i = 0; i < 3; i++) expect(await client.put(key, value)).toEqual({ etag: '"1-1"', created: true });
    expect(asked).toBe(1);
  });

  it('is reached by forwarding when its own address cannot be reached', async () => {
    const follower = await serve((request, response) => {
      if (request.headers['corecache-no-forward'] === '1') {
        refuse(response, 421, 'NOT_LEADER', { 'corecache-leader': '127.0.0.1:1' });
      } else response.writeHead(200, { etag: '"1-1"' }).end('forwarded');
    });
    expect((await clientOf([follower]).get(key))?.value.toString()).toBe('forwarded');
  });

  it('is looked for at the other URLs when the first does not answer', async () => {
    const living = await serve((_request, response) => response.writeHead(204, { etag: '"1-2"' }).end());
    expect(await clientOf(['http://127.0.0.1:1', living]).put(key, value)).toEqual({ etag: '"1-2"', created: false });
  });
});

describe('sending again', () => {
  it('happens for errors by which nothing was done, until there is an answer', async () => {
    let count = 0;
    const url = await serve((_request, response) => {
      if (++count < 3) refuse(response, 503, 'NO_LEADER');
      else response.writeHead(201, { etag: '"1-1"' }).end();
    });
    expect((await clientOf([url]).put(key, value)).created).toBe(true);
    expect(count).toBe(3);
  });

  it('ends after the time for it, with the error of the server', async () => {
    const url = await serve((_request, response) => refuse(response, 503, 'NO_LEADER'));
    await expect(clientOf([url], { retryForMs: 50 }).put(key, value)).rejects.toMatchObject({ code: 'NO_LEADER' });
  });

  it.each(['a broken connection', 'a 504'])(
    'does not happen to a write after %s, which is told as unknown',
    async (how) => {
      let count = 0;
      const url = await serve((request, response) => {
        count++;
        if (how === 'a 504') refuse(response, 504, 'OUTCOME_UNKNOWN');
        else request.socket.destroy();
      });
      await expect(clientOf([url]).put(key, value)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      expect(count).toBe(1);
    },
  );

  it('happens to an unconditional write of unknown outcome when asked for, never to a conditional one', async () => {
    let count = 0;
    const url = await serve((request, response) => {
      if (++count % 2 === 1) request.socket.destroy();
      else response.writeHead(204, { etag: '"1-1"' }).end();
    });
    const client = clientOf([url], { repeatUnknownWrites: true });
    expect((await client.put(key, value)).etag).toBe('"1-1"');
    const conditional = client.put(key, value, { condition: { ifNoneMatch: '*' } });
    await expect(conditional).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(count).toBe(3);
  });

  it('counts a delete as done when a repetition of it finds nothing', async () => {
    let count = 0;
    const url = await serve((request, response) => {
      if (++count === 1) request.socket.destroy();
      else refuse(response, 404, 'KEY_NOT_FOUND');
    });
    const client = clientOf([url], { repeatUnknownWrites: true });
    expect(await client.delete(key)).toBe(true);
    expect(await client.delete(key)).toBe(false);
  });

  it('happens to a read whose connection broke', async () => {
    let count = 0;
    const url = await serve((request, response) => {
      if (++count === 1) request.socket.destroy();
      else response.writeHead(200, { etag: '"1-1"' }).end('x');
    });
    expect((await clientOf([url]).get(key))?.value.toString()).toBe('x');
  });

  it('gives up on a server that is silent', async () => {
    const url = await serve(() => undefined);
    const client = clientOf([url], { timeoutMs: 50, retryForMs: 10 });
    await expect(client.get(key)).rejects.toMatchObject({ code: 'NO_LEADER' });
    await expect(client.put(key, value)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });
});

describe('what is sent and read', () => {
  it.each(['.', '..', 'a/b', 'ü', '%2F'])('the key %j is one path segment', async (text) => {
    let path: string | undefined;
    const url = await serve((request, response) => {
      path = request.url;
      response.writeHead(404).end('{"error":{"code":"KEY_NOT_FOUND","message":""}}');
    });
    expect(await clientOf([url]).get(Buffer.from(text))).toBeUndefined();
    expect(decodeURIComponent(path!.slice('/v1/kv/'.length))).toBe(text);
    expect(path!.split('/')).toHaveLength(4);
  });

  it('a scan is read line by line, however it is cut, and its failure is thrown', async () => {
    const line = (text: string): string =>
      `${JSON.stringify({ key: text, value: text, etag: '"1-1"', writtenAt: 1 })}\n`;
    const bytes = Buffer.from(`${line('ä')}${line('ö')}{"error":{"code":"NO_LEADER","message":"lost"}}\n`);
    const url = await serve((_request, response) => {
      response.writeHead(200);
      for (const byte of bytes) response.write(Uint8Array.of(byte));
      response.end();
    });
    const keys: string[] = [];
    const reading = (async () => {
      for await (const entry of clientOf([url]).scan()) keys.push(Buffer.from(entry.key).toString());
    })();
    await expect(reading).rejects.toMatchObject({ code: 'NO_LEADER', message: 'lost' });
    expect(keys).toEqual(['ä', 'ö']);
  });

  it('the session token of the furthest answer goes with the next request', async () => {
    const token = (sequence: number): string => Buffer.from(`1.1.${sequence}`).toString('base64url');
    const answers = [7, 5];
    const sent: unknown[] = [];
    const url = await serve((request, response) => {
      sent.push(request.headers['corecache-session']);
      response.writeHead(200, { 'corecache-session': token(answers.shift() ?? 0) }).end();
    });
    const client = clientOf([url]);
    for (let i = 0; i < 3; i++) await client.get(key);
    expect(sent).toEqual([undefined, token(7), token(7)]);
  });

  it('refuses what is no URL of a node', () => {
    for (const url of ['localhost:8080', 'https://a', 'http://a/b', '']) expect(() => clientOf([url])).toThrow(/URL/);
  });
});
