import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../median.js';
import { fill, load, type LoadResult } from './load.js';
import { startBareKoa, startCoreCache, type ServerUnderTest } from './servers.js';

export interface RestOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly keyCount: number;
  readonly repeats: number;
  readonly directory?: string | undefined;
}

export interface RestComparison {
  readonly connections: number;
  readonly repeats: number;
  /** Ours first. */
  readonly servers: readonly RestResult[];
}

export interface RestResult {
  readonly server: string;
  readonly put: LoadResult;
  readonly get: LoadResult;
}

/** PUT and GET on a running node, and on a bare koa handler in the same run; the two take turns. */
export async function compareRest(options: RestOptions, progress: (line: string) => void): Promise<RestComparison> {
  const starters: readonly ((directory: string) => Promise<ServerUnderTest>)[] = [startCoreCache, startBareKoa];
  const runs: RestResult[][] = starters.map(() => []);
  for (let repeat = 1; repeat <= options.repeats; repeat++) {
    for (const [position, start] of starters.entries()) {
      const directory = mkdtempSync(join(options.directory ?? tmpdir(), 'corecache-bench-rest-'));
      const server = await start(directory);
      progress(`run ${repeat} of ${options.repeats}: ${server.name}`);
      try {
        runs[position]!.push(await measure(server, options));
      } finally {
        await server.stop();
        rmSync(directory, { recursive: true, force: true });
      }
    }
  }
  const { connections, repeats } = options;
  return { connections, repeats, servers: runs.map(medianOf) };
}

async function measure(server: ServerUnderTest, options: RestOptions): Promise<RestResult> {
  const target = { ...options, url: server.url };
  await fill(target);
  const put = await load('PUT', target);
  const get = await load('GET', target);
  return { server: server.name, put, get };
}

function medianOf(results: readonly RestResult[]): RestResult {
  const of = (pick: (result: RestResult) => LoadResult): LoadResult => ({
    rate: median(results.map((result) => pick(result).rate)),
    medianMs: median(results.map((result) => pick(result).medianMs)),
    p99Ms: median(results.map((result) => pick(result).p99Ms)),
  });
  return { server: results[0]!.server, put: of((result) => result.put), get: of((result) => result.get) };
}
