import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CoreCacheClient } from '../../src/client/corecache-client.js';
import { SystemClock } from '../../src/env/system-clock.js';
import { SystemRandomness } from '../../src/env/system-randomness.js';
import { NodeProcess } from '../support/node-process.js';

const sample = fileURLToPath(new URL('../fixtures/packages-sample/Packages.gz', import.meta.url));
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const SMALL = ['--memtableBytesMax', '64KiB', '--logSegmentBytesMax', '64KiB', '--tableBytesMax', '64KiB'];

/** What must be there, found by a reader of its own: not by the code under test. */
function stanzasOfSample(): Map<string, string> {
  const field = (stanza: string, name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)![1]!;
  const stanzas = gunzipSync(readFileSync(sample)).toString('latin1').trimEnd().split('\n\n');
  return new Map(
    stanzas.map((stanza) => [
      ['Package', 'Version', 'Architecture'].map((name) => field(stanza, name)).join('_'),
      `${stanza}\n`,
    ]),
  );
}

let directory: string;
let node: NodeProcess;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'corecache packages.'));
  node = await NodeProcess.start({ dataDirectory: join(directory, 'data'), flags: SMALL });
});
afterEach(async () => {
  await node.kill();
  rmSync(directory, { recursive: true, force: true });
});

function load(...flags: string[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, [program, 'load', sample, '--url', node.url, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function entriesOf(client: CoreCacheClient): Promise<[string, string][]> {
  const entries: [string, string][] = [];
  for await (const { key, value } of client.scan()) {
    entries.push([Buffer.from(key).toString('latin1'), Buffer.from(value).toString('latin1')]);
  }
  return entries;
}

it("Debian's packages survive a second load that the server's kill -9 cuts short, and a compaction", async () => {
  const stanzas = stanzasOfSample();
  expect(stanzas.size).toBe(300);
  const state = join(directory, 'state');
  const flags = ['--format', 'packages', '--resume', state];
  const [code] = (await once(load(...flags), 'exit')) as [number];
  expect(code).toBe(0);
  const options = { clock: new SystemClock(), randomness: new SystemRandomness(), retryForMs: 200 };
  const before = new CoreCacheClient({ urls: [node.url], ...options });
  const deleted = [...stanzas.keys()].filter((_, index) => index % 10 === 0);
  for (const key of deleted) expect(await before.delete(Buffer.from(key, 'latin1'))).toBe(true);
  const { epoch } = await before.status();

  // A second load of what is still wanted goes on while the server is killed.
  const wanted = [...stanzas].filter(([key]) => !deleted.includes(key));
  const acknowledged = new Map<string, string>();
  const second = Promise.allSettled(
    wanted.map(async ([key, value]) => {
      const marked = `${value}X-Loaded: twice\n`;
      await before.put(Buffer.from(key, 'latin1'), Buffer.from(marked, 'latin1'));
      acknowledged.set(key, marked);
      if (acknowledged.size === 100) await node.kill();
    }),
  );
  await second;
  before.close();
  expect(acknowledged.size).toBeGreaterThanOrEqual(100);

  node = await NodeProcess.start({ dataDirectory: join(directory, 'data'), flags: SMALL });
  const client = new CoreCacheClient({ urls: [node.url], ...options });
  await client.compact();
  const entries = await entriesOf(client);
  const keys = entries.map(([key]) => key);
  expect(keys).toEqual([...keys].sort());
  expect(keys).toEqual(wanted.map(([key]) => key).sort());
  for (const [key, value] of entries) {
    if (acknowledged.has(key)) expect(value).toBe(acknowledged.get(key));
    // Not acknowledged: the old or the new, whole.
    else expect([stanzas.get(key), `${stanzas.get(key) ?? ''}X-Loaded: twice\n`]).toContain(value);
  }
  for (const key of deleted) expect(await client.get(Buffer.from(key, 'latin1'))).toBeUndefined();
  expect((await client.status()).epoch).toBeGreaterThan(epoch);
  client.close();
});

it('a load whose server is killed goes on where it was, and what it acknowledged is there', async () => {
  const stanzas = stanzasOfSample();
  const state = join(directory, 'state');
  const flags = ['--format', 'packages', '--resume', state, '--concurrency', '1', '--json'];
  const first = load(...flags);
  // Killed as soon as the first records are in; the load is killed with it, so that it cannot wait for another server.
  const client = new CoreCacheClient({
    urls: [node.url],
    clock: new SystemClock(),
    randomness: new SystemRandomness(),
  });
  for (let found = 0; found < 20;) {
    found = 0;
    for await (const entry of client.scan({ keysOnly: true, limit: 20 })) found += entry.key.length > 0 ? 1 : 0;
  }
  await node.kill();
  first.kill('SIGINT');
  await once(first, 'exit');
  client.close();
  const { port } = node;
  node = await NodeProcess.start({ dataDirectory: join(directory, 'data'), flags: SMALL, port });
  const [code] = (await once(load(...flags), 'exit')) as [number];
  expect(code).toBe(0);
  const again = new CoreCacheClient({ urls: [node.url], clock: new SystemClock(), randomness: new SystemRandomness() });
  expect(new Map(await entriesOf(again))).toEqual(stanzas);
  again.close();
});
