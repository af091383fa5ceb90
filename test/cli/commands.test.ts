import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/store/database.js';
import { runCommand } from './run-command.js';

let directory: string;
let local: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'corecache cli.'));
  local = ['--dataDirectory', join(directory, 'data')];
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});
const inDirectory = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
};

describe('get, put, delete and scan on a data directory', () => {
  it('bring bytes back as they are, without a line feed more', async () => {
    const value = Buffer.from([0, 255, 10]);
    expect((await runCommand(['put', 'key', ...local], { input: value })).code).toBe(0);
    const got = await runCommand(['get', 'key', ...local]);
    expect(got).toMatchObject({ code: 0, output: value });
  });

  it('take a key that looks like a number as it is', async () => {
    await runCommand(['put', '007', '1e3', ...local]);
    expect((await runCommand(['scan', ...local])).output.toString()).toBe('007\t1e3\n');
  });

  it('say by their exit code what happened', async () => {
    expect((await runCommand(['put', 'a', '1', ...local])).code).toBe(0);
    expect((await runCommand(['get', 'b', ...local])).code).toBe(3);
    expect((await runCommand(['delete', 'b', ...local])).code).toBe(3);
    expect((await runCommand(['put', 'a', '2', '--ifNoneMatch', '*', ...local])).code).toBe(4);
    expect((await runCommand(['get', 'a', '--url', 'x', ...local])).code).toBe(2);
    expect((await runCommand(['delete', 'a', ...local])).code).toBe(0);
    expect((await runCommand(['get', 'a', ...local])).code).toBe(3);
  });

  it('take keys and values in hexadecimal and base64', async () => {
    await runCommand(['put', 'ff00', '0a', '--encoding', 'hex', ...local]);
    expect((await runCommand(['get', '/wA=', '--encoding', 'base64', ...local])).output).toEqual(Buffer.from('\n'));
    expect((await runCommand(['put', 'f', '0a', '--encoding', 'hex', ...local])).code).toBe(2);
  });

  it('say clearly that a directory is in use', async () => {
    const database = await Database.open(join(directory, 'data'), { background: 'inline' });
    const { code, messages } = await runCommand(['get', 'a', ...local]);
    await database.close();
    expect(code).toBe(1);
    expect(messages).toContain('is open already');
  });
});

describe('the command line', () => {
  it('suggests the command and the flag that were probably meant', async () => {
    expect(await runCommand(['gte', 'a'])).toMatchObject({ code: 2, messages: 'corecache: Did you mean get?\n' });
    expect((await runCommand(['scan', '--prefx', 'a'])).messages).toContain('did you mean --prefix?');
    expect((await runCommand(['serve', '--prot', '1'])).messages).toContain('did you mean --port?');
  });

  it('has help for every command, and a version', async () => {
    const help = (await runCommand(['--help'])).output.toString();
    for (const command of ['serve', 'get', 'put', 'delete', 'scan', 'load', 'dump', 'status', 'verify', 'inspect']) {
      expect(help).toContain(`corecache ${command}`);
      expect((await runCommand([command, '--help'])).output.toString()).toContain('--json');
    }
    expect((await runCommand(['--version'])).output.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('tells errors in JSON when asked', async () => {
    const { messages } = await runCommand(['get', 'a', '--json', '--dataDirectory', join(directory, 'none')]);
    expect(JSON.parse(messages)).toHaveProperty('error.code');
  });
});

describe('load and dump', () => {
  it.each(['ndjson', 'tsv'])('bring back every byte as %s', async (format) => {
    const database = await Database.open(join(directory, 'data'), { background: 'inline' });
    for (let byte = 0; byte < 256; byte++) await database.put(Uint8Array.of(byte), Uint8Array.of(byte, 9, 10, 13, 92));
    await database.close();
    const file = join(directory, `dump.${format}`);
    expect((await runCommand(['dump', '--output', file, ...local])).code).toBe(0);
    const copy = ['--dataDirectory', join(directory, 'copy')];
    expect((await runCommand(['load', file, ...copy])).code).toBe(0);
    const again = await runCommand(['dump', '--format', format, ...copy]);
    expect(again.output).toEqual(readFileSync(file));
    expect(again.output.toString('latin1').split('\n')).toHaveLength(257);
  });

  it('refused records have their line numbers and reasons, and are kept', async () => {
    const file = inDirectory('in.tsv', `a\t1\nbad\n\nc\t3\n${'k'.repeat(5000)}\tx\ne\t5\n`);
    const rejects = join(directory, 'rejects.tsv');
    const loaded = await runCommand(['load', file, '--json', '--rejects', rejects, ...local]);
    expect(loaded.code).toBe(7);
    expect(JSON.parse(loaded.output.toString())).toMatchObject({
      loaded: 3,
      refused: 2,
      refusals: [{ line: 2, reason: 'no tab between key and value' }, { line: 5 }],
    });
    expect(readFileSync(rejects, 'utf8')).toBe(`bad\n${'k'.repeat(5000)}\tx\n`);
  });

  it('one bad record of a batch does not take the others with it', async () => {
    const file = inDirectory('in.tsv', `a\t1\n${'k'.repeat(5000)}\tx\nc\t3\n`);
    const loaded = await runCommand(['load', file, '--json', '--batch', '3', ...local]);
    expect(JSON.parse(loaded.output.toString())).toMatchObject({ loaded: 2, refused: 1, refusals: [{ line: 2 }] });
    expect((await runCommand(['scan', ...local])).output.toString()).toBe('a\t1\nc\t3\n');
  });

  it('of records with one key the last stays, many at once or not', async () => {
    const lines = Array.from({ length: 500 }, (_, i) => `same\t${i}\n`).join('');
    await runCommand(['load', inDirectory('in.tsv', lines), '--concurrency', '64', ...local]);
    expect((await runCommand(['get', 'same', ...local])).output.toString()).toBe('499');
  });

  it('reads gzip, from standard input too, and says when it is cut', async () => {
    const packed = gzipSync('{"key":"a","value":"1"}\n');
    expect((await runCommand(['load', ...local], { input: packed })).code).toBe(0);
    const cut = await runCommand(['load', ...local], { input: packed.subarray(0, packed.length - 6) });
    expect(cut.code).toBe(1);
    expect(cut.messages).toContain('gzip');
  });

  it('leaves out records whose time has passed', async () => {
    const file = inDirectory('in.ndjson', '{"key":"a","value":"","expiresAt":1}\n{"key":"b","value":"","ttl":"1h"}\n');
    const loaded = await runCommand(['load', file, '--json', ...local]);
    expect(JSON.parse(loaded.output.toString())).toMatchObject({ loaded: 1, expired: 1 });
  });
});

describe('verify and inspect', () => {
  it('say where damage is, and end with 8', async () => {
    const data = join(directory, 'data');
    const database = await Database.open(data, { background: 'inline' });
    await database.put(Buffer.from('key'), Buffer.alloc(1000, 'v'));
    await database.flush();
    await database.put(Buffer.from('other'), Buffer.from('in the log'));
    await database.close();
    expect((await runCommand(['verify', ...local])).code).toBe(0);

    const names = (
      await runCommand(['inspect', 'manifest', join(data, 'partition-0', currentManifest(data)), '--json'])
    ).output;
    const added = names
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; fileNumber: number })
      .find(({ type }) => type === 'add')!;
    const file = join(data, 'partition-0', `${String(added.fileNumber).padStart(6, '0')}.data`);
    const entries = await runCommand(['inspect', 'table', file, '--entries']);
    expect(entries.output.toString()).toContain('put key="key"');

    const bytes = readFileSync(file);
    bytes[40]! ^= 1;
    writeFileSync(file, bytes);
    const inspected = await runCommand(['inspect', 'table', file, '--json']);
    expect(inspected.code).toBe(8);
    expect(inspected.output.toString()).toMatch(/"type":"damage".*"offset":\d+/);
    const verified = await runCommand(['verify', '--json', ...local]);
    expect(verified.code).toBe(8);
    expect(verified.output.toString()).toContain(file);
  });

  it.each([
    ['small', /blocks compression="small" blocks=1 directories=0 contentBytes=10\d\d storedBytes=\d\d ratio=0\.0\d+\n/],
    ['none', /blocks compression="none" blocks=1 directories=1 contentBytes=10\d\d storedBytes=10\d\d ratio=1\.\d+\n/],
  ] as const)('tells how the blocks of a table are stored: %s', async (compression, shown) => {
    const data = join(directory, 'data');
    const database = await Database.open(data, { background: 'inline', compression });
    await database.put(Buffer.from('key'), Buffer.alloc(1000, 'v'));
    await database.flush();
    await database.close();
    const file = readdirSync(join(data, 'partition-0')).find((name) => name.endsWith('.data'))!;
    const { output, code } = await runCommand(['inspect', 'table', join(data, 'partition-0', file)]);
    expect(code).toBe(0);
    expect(output.toString()).toMatch(shown);
  });

  it('shows the records of a log with their keys', async () => {
    const data = join(directory, 'data');
    await runCommand(['put', 'greeting', 'hello', ...local]);
    const { output, code } = await runCommand(['inspect', 'log', join(data, 'log', '000000000001.log')]);
    expect(code).toBe(0);
    expect(output.toString()).toContain('put key="greeting" valueBytes=5');
  });
});

function currentManifest(data: string): string {
  return readFileSync(join(data, 'partition-0', 'CURRENT'), 'latin1').split(' ')[0]!;
}
