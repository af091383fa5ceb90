import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PRODUCT_VERSION } from '../../src/base/product-version.js';
import { CoreCacheError } from '../../src/base/errors.js';
import { advertisedUrl } from '../../src/node/advertised-url.js';
import { connectString } from '../../src/node/cluster-connection.js';
import { databaseOptionsOf } from '../../src/node/database-settings.js';
import { readSettings } from '../../src/settings/read-settings.js';
import { defaultDatabaseOptions } from '../../src/store/database-options.js';
import { MemoryStore } from '../support/memory-store.js';
import { memoryParts, startNode, type Flags } from '../support/test-node.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'corecache start. '));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const settingsOf = (flags: Flags): ReturnType<typeof readSettings> =>
  readSettings({ variables: {}, flags, workingDirectory: '/' });

describe('the identity of a node', () => {
  it('is made at the first start and kept', async () => {
    const first = await startNode(directory, memoryParts());
    await first.stop();
    const second = await startNode(directory, memoryParts());
    expect(first.nodeId).toMatch(/^node-[0-9a-f]{8}$/);
    expect(second.nodeId).toBe(first.nodeId);
    await second.stop();
  });

  it('is the one of the settings, and a folder of another node is refused', async () => {
    const node = await startNode(directory, memoryParts(), { nodeId: 'alpha' });
    expect(node.nodeId).toBe('alpha');
    await node.stop();
    await expect(startNode(directory, memoryParts(), { nodeId: 'beta' })).rejects.toMatchObject({ code: 'SETTINGS' });
  });

  it.each([
    ['{', 'CORRUPTION'],
    ['{"format":1,"nodeId":"","clusterId":null}', 'CORRUPTION'],
    ['{"format":1,"nodeId":"a"}', 'CORRUPTION'],
    ['{"format":2,"nodeId":"a","clusterId":null}', 'NEWER_FORMAT'],
  ])('that cannot be read stops the start and is not touched: %s', async (text, code) => {
    await writeFile(join(directory, 'NODE'), text);
    await expect(startNode(directory, memoryParts())).rejects.toMatchObject({ code });
    expect(await readFile(join(directory, 'NODE'), 'utf8')).toBe(text);
  });
});

describe('the port', () => {
  async function taken(): Promise<{ port: number; free: () => void }> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, free: () => server.close() };
  }

  it('that is taken is an error naming it, and nothing stays open', async () => {
    const { port, free } = await taken();
    const store = new MemoryStore();
    await expect(startNode(directory, memoryParts(store), { port })).rejects.toThrow(`127.0.0.1:${port}`);
    expect(store.isClosed).toBe(true);
    free();
  });

  it('is the first free one of a range, and the one advertised', async () => {
    const { port, free } = await taken();
    const node = await startNode(directory, memoryParts(), { port: `${port}-${Math.min(port + 20, 65535)}` });
    expect(Number(new URL(node.url).port)).toBeGreaterThan(port);
    expect(node.status().url).toBe(node.url);
    await node.stop();
    free();
  });
});

describe('a start that fails half-way', () => {
  it('closes what was open and tells what failed', async () => {
    const store = new MemoryStore();
    const connect = (): Promise<never> => Promise.reject(new CoreCacheError('COORDINATION', 'no session'));
    await expect(startNode(directory, { ...memoryParts(store), connect })).rejects.toThrow('no session');
    expect(store.isClosed).toBe(true);
  });
});

describe('the address that a node advertises', () => {
  it.each([
    [{ host: '127.0.0.1' }, 'http://127.0.0.1:80'],
    [{ host: '0.0.0.0' }, 'http://127.0.0.1:80'],
    [{ host: '::' }, 'http://[::1]:80'],
    [{ host: '0.0.0.0', serverAdvertisedHost: 'db.example' }, 'http://db.example:80'],
  ])('follows %j', (flags, url) => {
    expect(advertisedUrl(settingsOf(flags), 80)).toBe(url);
  });

  it('must be given in a cluster when the node listens on all addresses', () => {
    expect(() => advertisedUrl(settingsOf({ host: '0.0.0.0', zooKeeperHost: 'zk' }), 80)).toThrow(/advertisedHost/);
  });
});

describe('what a node hands on', () => {
  it('of its settings is the same as the defaults of the database, but for the sizes of a batch', () => {
    const { batchBytesMax, inFlightBytesMax, ...rest } = databaseOptionsOf(settingsOf({}));
    expect(defaultDatabaseOptions).toMatchObject(rest);
    expect(batchBytesMax).toBeGreaterThan(defaultDatabaseOptions.valueBytesMax);
    expect(inFlightBytesMax).toBeGreaterThanOrEqual(batchBytesMax!);
  });

  it('of its ZooKeeper hosts has a port for each', () => {
    expect(connectString('a,b:1,c', 2181)).toBe('a:2181,b:1,c:2181');
  });

  it('as its version is that of the package', async () => {
    const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    expect((JSON.parse(text) as { version: string }).version).toBe(PRODUCT_VERSION);
  });
});
