import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareEngines, type Comparison } from './engine/compare-engines.js';
import { measurePauses, type PausesResult } from './pauses/measure-pauses.js';
import { compareRest, type RestResult } from './rest/compare-rest.js';
import { perSecond, table, times } from './table.js';

const usage = `npm run bench -- [options]

  --keys N          keys in the data set (200000)
  --valueBytes N    bytes of a value (100)
  --repeats N       runs of each; the median is shown (3)
  --only PART       engine: the embedded engines; rest: the server; pauses: the event loop under load
  --workload NAME   only this workload, and what it needs; may be given more than once
  --connections N   REST connections (50)
  --seconds N       length of one REST load, and of a measurement of pauses (5)
  --directory D     where the databases are made (the system's temporary directory)
  --json FILE       write the results there too`;

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '200000' },
    valueBytes: { type: 'string', default: '100' },
    repeats: { type: 'string', default: '3' },
    only: { type: 'string' },
    workload: { type: 'string', multiple: true },
    connections: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '5' },
    directory: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  await run();
}

async function run(): Promise<void> {
  const progress = (line: string): void => console.error(line);
  const results: { engines?: Comparison; pauses?: readonly PausesResult[]; rest?: readonly RestResult[] } = {};
  if (wanted('engine')) {
    results.engines = await compareEngines(
      {
        keyCount: count('keys'),
        valueBytes: count('valueBytes'),
        repeats: count('repeats'),
        directory: values.directory,
        only: values.workload,
      },
      progress,
    );
    console.log(engineTable(results.engines));
  }
  if (wanted('pauses')) {
    progress('pauses of the event loop');
    results.pauses = await measurePauses({
      seconds: count('seconds'),
      keyCount: count('keys'),
      directory: values.directory,
    });
    console.log(pausesTable(results.pauses));
  }
  if (wanted('rest')) {
    results.rest = await compareRest(
      {
        connections: count('connections'),
        seconds: count('seconds'),
        keyCount: 10_000,
        repeats: count('repeats'),
        directory: values.directory,
      },
      progress,
    );
    console.log(restTable(results.rest));
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

function wanted(part: 'engine' | 'pauses' | 'rest'): boolean {
  return values.only === undefined || values.only === part;
}

function engineTable(comparison: Comparison): string {
  const [ours, ...peers] = comparison.engines;
  if (!ours) return '';
  const rows = Object.keys(ours.rates).map((name) => [
    name,
    perSecond(ours.rates[name]!),
    ...peers.flatMap((peer) => [perSecond(peer.rates[name]!), times(ours.rates[name]! / peer.rates[name]!)]),
  ]);
  rows.push([
    'peak memory',
    mebibytes(ours.peakMemoryBytes),
    ...peers.flatMap((peer) => [mebibytes(peer.peakMemoryBytes), times(ours.peakMemoryBytes / peer.peakMemoryBytes)]),
  ]);
  const head = ['workload', ours.engine, ...peers.flatMap((peer) => [peer.engine, 'ratio'])];
  const settings = comparison.engines.map((engine) => `${engine.engine}: ${engine.settings}`).join('\n');
  const size = `${comparison.keyCount} keys of 16 bytes, values of ${comparison.valueBytes} bytes, median of ${comparison.repeats}`;
  return `\n${size}\n${settings}\n\n${table(head, rows)}\n`;
}

function pausesTable(results: readonly PausesResult[]): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const rows = results.map((result) => [
    result.load,
    String(result.operations),
    String(result.flushes),
    String(result.compactions),
    ms(result.p50Ms),
    ms(result.p99Ms),
    ms(result.p999Ms),
    ms(result.maxMs),
    String(result.failedReads),
  ]);
  const head = [
    'in the background',
    'operations',
    'flushes',
    'compactions',
    'p50',
    'p99',
    'p99.9',
    'max',
    'failed reads',
  ];
  return `\nDelay of the event loop under a random load of half puts and half gets, 64 in flight\n\n${table(head, rows)}\n`;
}

function restTable(results: readonly RestResult[]): string {
  const [ours, bare] = results;
  if (!ours || !bare) return '';
  const row = (name: string, of: (result: RestResult) => RestResult['put']): string[] => [
    name,
    perSecond(of(ours).rate),
    `${of(ours).p99Ms} ms`,
    perSecond(of(bare).rate),
    `${of(bare).p99Ms} ms`,
    times(of(ours).rate / of(bare).rate),
  ];
  const head = ['request', ours.server, 'p99', bare.server, 'p99', 'ratio'];
  const rows = [row('PUT (durable)', (result) => result.put), row('GET', (result) => result.get)];
  return `\nREST, ${values.connections} connections, values of 100 bytes, median of ${values.repeats}\n\n${table(head, rows)}\n`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
}

function count(name: 'keys' | 'valueBytes' | 'repeats' | 'connections' | 'seconds'): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} takes a whole number of 1 or more, got ${values[name]}`);
  return value;
}
