import { execFileSync, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SuiteOptions, SuiteResult } from '../../bench/engine/run-suite.js';
import type { Results } from '../../bench/results.js';

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

const MIB = 1024 * 1024;
/** Many processes one after the other, on a machine that may be busy. */
const PATIENCE_MS = 180_000;

describe('the benchmark program', { timeout: PATIENCE_MS }, () => {
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
      [join(compiled, 'main.js'), '--repeats', '1', '--directory', directory, ...flags],
      { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
  }

  function resultsIn(file: string): Results {
    return JSON.parse(readFileSync(file, 'utf8')) as Results;
  }

  it(`runs ${engines.join(', ')}, each in a process of its own, and writes table, picture and figures`, () => {
    const [json, markdown, plot] = ['figures.json', 'table.md', 'plot.svg'].map((name) => join(directory, name));
    const output = bench(
      ...['--only', 'engine', '--keys', '300', '--engines', engines.join(',')],
      ...['--json', json!, '--markdown', markdown!, '--plot', plot!],
    );
    const written = resultsIn(json!).engines!;
    expect(written.missing).toEqual([]);
    expect(written.engines.map(({ engine }) => engine)).toEqual(engines);
    for (const { rates } of written.engines) expect(Object.keys(rates).length).toBeGreaterThan(20);
    expect(readFileSync(markdown!, 'utf8').trim()).toBe(output.trim());
    expect(readFileSync(plot!, 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it('counts the memory of the process of the engine, and nothing that its parent holds', async () => {
    const { runInProcess } = (await import(pathToFileURL(join(root, compiled, 'engine', 'own-process.js')).href)) as {
      runInProcess: (script: URL, options: SuiteOptions) => Promise<SuiteResult>;
    };
    const held = Buffer.alloc(400 * MIB, 1);
    const script = pathToFileURL(join(root, compiled, 'engine', 'suite-process.js'));
    const result = await runInProcess(script, {
      ...{ engine: 'classic-level', keyCount: 10, valueBytes: 100, directory, only: ['readrandom'] },
    });
    expect(process.memoryUsage.rss()).toBeGreaterThan(held.length);
    expect(result.peakMemoryBytes).toBeGreaterThan(20 * MIB);
    expect(result.peakMemoryBytes).toBeLessThan(held.length);
    expect(result.peakAnonymousBytes ?? 1).toBeLessThan(result.peakMemoryBytes);
  });

  it('leaves the figures of the engines that were done when it is cut off', async () => {
    const json = join(directory, 'cut-off.json');
    const small = ['--keys', '1000', '--minutes', '0.02', '--engines', 'corecache,classic-level'];
    const program = spawn(
      process.execPath,
      [join(compiled, 'main.js'), '--only', 'writes', '--directory', directory, '--json', json, ...small],
      { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const ended = once(program, 'close');
    for await (const line of createInterface(program.stderr)) {
      if (line.startsWith('classic-level:')) program.kill('SIGKILL');
    }
    await ended;
    expect(resultsIn(json).writes!.results.map(({ engine }) => engine)).toEqual(['corecache']);
  });

  it('leaves no engine running behind it', async () => {
    const begun = watch(directory);
    const engine = fork(join(compiled, 'writes', 'writes-process.js'), { cwd: root });
    const options = { engine: 'corecache', keyCount: 1000, valueBytes: 100, directory };
    engine.send({ ...options, compression: false, isDurable: false, minutes: 60 });
    await once(begun, 'change');
    begun.close();
    engine.disconnect();
    expect((await once(engine, 'exit'))[0]).toBe(1);
  });

  it.runIf(spawnSync('db_bench', ['--version']).status === 0)('runs db_bench, with every key in its database', () => {
    const json = join(directory, 'db-bench.json');
    const chosen = ['fillseq', 'fillrandom', 'readrandom'];
    const only = chosen.flatMap((name) => ['--workload', name]);
    bench('--only', 'engine', '--keys', '300', '--engines', 'corecache', '--dbBench', '--json', json, ...only);
    const native = resultsIn(json).engines!.engines.find(({ engine }) => engine === 'db_bench')!;
    expect(Object.keys(native.rates)).toEqual(chosen);
    expect(native.settings).toMatch(/^native RocksDB \d/);
  });

  it('refuses an engine that it does not know', () => {
    expect(() => bench('--only', 'engine', '--engines', 'corecache,leveldown')).toThrow();
  });

  it('fills and reads at scale one engine after the other, and reports them together', () => {
    const run = (engine: string): string => {
      const json = join(directory, `scale-${engine}.json`);
      const small = ['--keys', '1000', '--samples', '200', '--quietSeconds', '1', '--overwrite'];
      bench('--only', 'scale', ...small, '--engines', engine, '--json', json);
      return json;
    };
    const [json, plot] = [join(directory, 'scale.json'), join(directory, 'scale.svg')];
    const output = bench('--merge', run('corecache'), run('classic-level'), '--json', json, '--plot', plot);
    expect(resultsIn(json).scale!.results.map(({ engine }) => engine)).toEqual(['corecache', 'classic-level']);
    expect(output).toMatch(/^\| workload +\| corecache \| classic-level \|/m);
    expect(output).toMatch(/^\| readrandom: no slower than LevelDB +\|.*\| +(yes|NO) \|$/m);
    expect(readFileSync(plot, 'utf8')).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('goes on from the databases that an earlier run at scale has kept', () => {
    const flags = ['--only', 'scale', '--keys', '1000', '--quietSeconds', '1', '--engines', 'corecache', '--keep'];
    const [first, second] = [join(directory, 'first.json'), join(directory, 'second.json')];
    bench(...flags, '--samples', '100', '--json', first);
    bench(...flags, '--samples', '200', '--json', second);
    const [before, after] = [first, second].map((file) => resultsIn(file).scale!.results[0]!);
    expect(after!.fill).toEqual(before!.fill);
    expect(after!.use).not.toEqual(before!.use);
  });

  it('measures writes second by second, one engine after the other, and draws them together', () => {
    const run = (engine: string): string => {
      const json = join(directory, `writes-${engine}.json`);
      const small = ['--keys', '1000', '--minutes', '0.02', '--compression', 'on'];
      bench('--only', 'writes', ...small, '--engines', engine, '--json', json);
      return json;
    };
    const [json, plot] = [join(directory, 'writes.json'), join(directory, 'writes.svg')];
    const output = bench('--merge', run('corecache'), run('classic-level'), '--json', json, '--plot', plot);
    for (const { seconds } of resultsIn(json).writes!.results) expect(seconds.length).toBeGreaterThan(0);
    expect(output).toMatch(/^\| corecache +\|[^]*^\| classic-level +\|/m);
    expect(output).toMatch(/^\| slowest write +\| +\d+ ms \| less than 250 ms \| +(yes|NO) \|$/m);
    const picture = readFileSync(plot, 'utf8');
    expect(picture).not.toMatch(/NaN|undefined|Infinity/);
    const panels = picture.split('<g transform=').filter((panel) => panel.includes('>corecache<'));
    expect(panels.filter((panel) => panel.includes('>classic-level<')).length).toBeGreaterThanOrEqual(3);
  });
});
