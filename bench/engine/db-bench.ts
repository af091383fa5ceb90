import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { figureOf, type Comparison, type ComparisonOptions, type EngineFigures } from './compare-engines.js';
import { comparableOptions, mebibytes } from './engine.js';
import { chooseWorkloads } from './workloads.js';

/**
 * Our names and the program's own; fillseq and fillrandom begin on an empty directory, write each key once, and in batches
 * as ours do.
 */
const workloads: readonly { readonly name: string; readonly native: string; readonly flags?: readonly string[] }[] = [
  { name: 'fillseq', native: 'fillseq', flags: ['--batch_size=100'] },
  { name: 'fillrandom', native: 'filluniquerandom', flags: ['--batch_size=100'] },
  { name: 'overwrite', native: 'overwrite' },
  { name: 'readrandom', native: 'readrandom' },
  { name: 'readmissing', native: 'readmissing' },
  { name: 'readseq', native: 'readseq' },
  { name: 'readreverse', native: 'readreverse' },
  { name: 'mixed 50/50', native: 'readrandomwriterandom', flags: ['--readwritepercent=50'] },
  { name: 'mixed 95/5', native: 'readrandomwriterandom', flags: ['--readwritepercent=95'] },
  { name: 'delete', native: 'deleterandom' },
];

const ON_EMPTY = new Set(['fillseq', 'fillrandom']);

/** The comparison with `db_bench` as one more engine, or with the reason why it is not. */
export async function besidesDbBench(
  comparison: Comparison,
  options: ComparisonOptions,
  progress: (line: string) => void,
): Promise<Comparison> {
  try {
    return { ...comparison, engines: [...comparison.engines, await runDbBench(options, progress)] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...comparison, missing: [...comparison.missing, { engine: 'db_bench', reason }] };
  }
}

/**
 * RocksDB's own benchmark program, one thread, with the settings of the others: what native code does without a binding
 * between. Its reads, overwrites and deletes draw keys with repetition.
 * @throws Error when the program is not on the PATH, or fails
 */
async function runDbBench(options: ComparisonOptions, progress: (line: string) => void): Promise<EngineFigures> {
  const { writeBufferBytes, bloomBitsPerKey } = comparableOptions;
  const cacheBytes = options.cacheBytes ?? comparableOptions.cacheBytes;
  const chosen = new Set(chooseWorkloads(options.only).map(({ name }) => name));
  const rates = new Map<string, number[]>();
  const directory = mkdtempSync(join(options.directory ?? tmpdir(), 'corecache-db-bench-'));
  try {
    for (let repeat = 1; repeat <= options.repeats; repeat++) {
      progress(`run ${repeat} of ${options.repeats}: db_bench`);
      for (const { name, native, flags = [] } of workloads.filter((workload) => chosen.has(workload.name))) {
        const report = await start([
          `--benchmarks=${native}`,
          `--db=${directory}`,
          `--use_existing_db=${ON_EMPTY.has(name) ? 0 : 1}`,
          `--num=${options.keyCount}`,
          `--value_size=${options.valueBytes}`,
          `--cache_size=${cacheBytes}`,
          `--write_buffer_size=${writeBufferBytes}`,
          `--bloom_bits=${bloomBitsPerKey}`,
          '--key_size=16',
          '--threads=1',
          `--compression_type=${options.compression === true ? 'snappy' : 'none'}`,
          ...flags,
        ]);
        rates.set(name, [...(rates.get(name) ?? []), rateIn(report, native)]);
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const version = /version (\S+)/.exec(await start(['--version']))?.[1] ?? 'of an unknown version';
  return {
    engine: 'db_bench',
    settings: `native RocksDB ${version}, one thread, fills in batches of 100 and other writes one at a time, cache ${mebibytes(cacheBytes)}, write buffer ${mebibytes(writeBufferBytes)}, Bloom ${bloomBitsPerKey} bits, blocks 4 KiB, 2 background jobs, ${options.compression === true ? 'Snappy' : 'no compression'}`,
    rates: Object.fromEntries([...rates].map(([name, values]) => [name, figureOf(values)])),
  };
}

/** @throws Error when the report does not say how many operations a second the benchmark did */
export function rateIn(report: string, native: string): number {
  const line = report.split('\n').find((candidate) => candidate.startsWith(`${native} `));
  const rate = /(\d+) ops\/sec/.exec(line ?? '');
  if (!rate) throw new Error(`db_bench reported nothing on ${native}:\n${report}`);
  return Number(rate[1]);
}

async function start(flags: readonly string[]): Promise<string> {
  const child = spawn('db_bench', flags, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [report, problems, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`db_bench ended with ${code ?? 'a signal'}: ${problems}`);
  return report;
}
