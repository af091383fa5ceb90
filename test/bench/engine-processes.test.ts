import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../bench/engine/compare-engines.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiled = join('build', 'bench-test');
const peers = { rocksdb: '@nxtedition/rocksdb', lmdb: 'lmdb', sqlite: 'better-sqlite3' };

/** Peers are installed by who asks for them, so only those that are there take part. */
const engines = [
  'corecache',
  'classic-level',
  ...Object.entries(peers)
    .filter(([, name]) => existsSync(join(root, 'bench', 'peers', 'node_modules', name)))
    .map(([engine]) => engine),
];

describe('the benchmark program', () => {
  let directory = '';

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'corecache-bench-test-'));
    execFileSync(
      process.execPath,
      ['node_modules/typescript/bin/tsc', '-p', 'bench/tsconfig.json', '--outDir', compiled, '--noCheck'],
      { cwd: root, stdio: 'inherit' },
    );
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function bench(...flags: string[]): string {
    return execFileSync(
      process.execPath,
      [join(compiled, 'main.js'), '--only', 'engine', '--repeats', '1', '--directory', directory, ...flags],
      { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
  }

  it(`runs ${engines.join(', ')}, each in a process of its own, and writes table, picture and figures`, () => {
    const [json, markdown, plot] = ['figures.json', 'table.md', 'plot.svg'].map((name) => join(directory, name));
    const output = bench(
      ...['--keys', '300', '--engines', engines.join(',')],
      ...['--json', json!, '--markdown', markdown!, '--plot', plot!],
    );
    const written = JSON.parse(readFileSync(json!, 'utf8')) as { engines: Comparison };
    expect(written.engines.missing).toEqual([]);
    expect(written.engines.engines.map(({ engine }) => engine)).toEqual(engines);
    for (const { rates } of written.engines.engines) expect(Object.keys(rates).length).toBeGreaterThan(20);
    expect(readFileSync(markdown!, 'utf8').trim()).toBe(output.trim());
    expect(readFileSync(plot!, 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it('refuses an engine that it does not know', () => {
    expect(() => bench('--engines', 'corecache,leveldown')).toThrow();
  });
});
