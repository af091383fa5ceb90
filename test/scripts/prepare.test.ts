import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { repositoryRoot } from './installation.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corecache-prepare-'));
  writeFileSync(join(folder, 'package-lock.json'), '{}');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs `install_packages` on the folder, and tells whether it called npm. */
function callsNpm(): boolean {
  const bin = join(folder, 'bin');
  const called = join(folder, 'called');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\n: >'${called}'\n`);
  chmodSync(join(bin, 'npm'), 0o755);
  execFileSync('bash', ['-c', '. "$0"; install_packages', join(repositoryRoot, 'scripts', 'prepare.sh')], {
    env: { PATH: `${bin}:/usr/bin:/bin`, root: folder },
    stdio: 'ignore',
  });
  return existsSync(called);
}

it('packages are installed where there are none', () => {
  expect(callsNpm()).toBe(true);
});

it('nothing is installed through a link: it would empty the folder behind it', () => {
  const others = join(folder, 'others');
  mkdirSync(others);
  symlinkSync(others, join(folder, 'node_modules'));
  expect(callsNpm()).toBe(false);
});
