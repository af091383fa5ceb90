import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from '../../src/store/database.js';
import { runCommand } from './run-command.js';

let directory: string;
let local: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'corecache repair.'));
  local = ['--dataDirectory', directory];
  const database = await Database.open(directory, { background: 'inline' });
  for (let i = 0; i < 100; i++) await database.put(Buffer.from(`k${i}`), Buffer.from('v'), { durability: 'os' });
  await database.flush();
  await database.close();
});
afterEach(() => rm(directory, { recursive: true }));

async function removeTreeFile(pattern: RegExp): Promise<void> {
  const tree = join(directory, 'partition-0');
  for (const name of await readdir(tree)) if (pattern.test(name)) await rm(join(tree, name));
}

test('repair says that there is nothing to repair', async () => {
  const { code, output } = await runCommand(['repair', ...local]);
  expect({ code, output: output.toString() }).toEqual({ code: 0, output: 'no damage: nothing to repair\n' });
});

test('a dry run tells of the damage by its exit code; the repair brings everything back; verify agrees', async () => {
  await removeTreeFile(/^CURRENT$/);
  const dry = await runCommand(['repair', '--dryRun', ...local]);
  expect(dry.code).toBe(8);
  expect(dry.output.toString()).toMatch(/^damaged: .*CURRENT: is missing$/m);
  expect((await runCommand(['verify', ...local])).code).toBe(8);
  expect((await runCommand(['repair', ...local])).code).toBe(0);
  expect((await runCommand(['verify', ...local])).code).toBe(0);
  expect((await runCommand(['get', 'k99', ...local])).output.toString()).toBe('v');
});

test('what is lost is named, in JSON with keys in base64, and the exit code tells', async () => {
  await removeTreeFile(/\.data$/);
  const { code, output } = await runCommand(['repair', '--json', ...local]);
  expect(code).toBe(8);
  const report = JSON.parse(output.toString()) as { losses: unknown[]; lostDirectory: string };
  expect(report.losses[0]).toMatchObject({ what: 'is missing', firstKey: Buffer.from('k0').toString('base64') });
  expect(report.lostDirectory).toBe(join(directory, 'lost', '1'));
  expect((await runCommand(['verify', ...local])).code).toBe(0);
});
