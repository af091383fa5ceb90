import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The stores that are compared with, other than the one the tests use too, have a package of their own: they are native,
 * and who only wants CoreCache is not to need a compiler for them.
 */
const peersDirectory = findPeers(dirname(fileURLToPath(import.meta.url)));

/** @throws Error when the package is not installed, or its native part cannot be loaded */
export function requirePeer(name: string): unknown {
  return createRequire(join(peersDirectory, 'package.json'))(name);
}

export function peerVersion(name: string): string {
  const description = readFileSync(join(peersDirectory, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(description) as { version: string }).version;
}

export interface Installation {
  readonly output: string;
  /** The first thing that went wrong, if anything did. */
  readonly problem: string | undefined;
}

/**
 * Installs all peers, each of them optional: one that cannot be built does not keep out the others. Not by `npm ci`, which
 * refuses a lock file that leaves out packages for other machines.
 */
export function installPeers(): Installation {
  const { stdout, stderr, error } = spawnSync('npm', ['install', '--no-save', '--foreground-scripts'], {
    cwd: peersDirectory,
    encoding: 'utf8',
  });
  if (error) return { output: error.message, problem: error.message };
  const output = `${stdout}${stderr}`.trim();
  return { output, problem: /^(?:gyp ERR! stack|npm error) (.+)$/m.exec(output)?.[1] };
}

/** The code runs from where it is compiled to; the peers are beside its source. */
function findPeers(from: string): string {
  const directory = join(from, 'bench', 'peers');
  if (existsSync(join(directory, 'package.json'))) return directory;
  const above = dirname(from);
  if (above === from) throw new Error('there is no bench/peers above the benchmark');
  return findPeers(above);
}
