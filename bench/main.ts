import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareEngines, type Comparison, type ComparisonOptions } from './engine/compare-engines.js';
import { besidesDbBench } from './engine/db-bench.js';
import { engineNames, type EngineName } from './engine/engine.js';
import { measurePauses, type PausesResult } from './pauses/measure-pauses.js';
import { engineTable } from './report/engine-table.js';
import { enginePlot } from './report/engine-plot.js';
import { compareRest, type RestResult } from './rest/compare-rest.js';
import { perSecond, table, times } from './table.js';

const usage = `npm run bench -- [options]

  --keys N          keys in the data set (1000000)
  --valueBytes N    bytes of a value (100)
  --repeats N       runs of each; the median is shown (3)
  --engines A,B     ${engineNames.join(', ')} (corecache,classic-level); the first
                    is compared with the others, which are installed when they are not there
  --dbBench         RocksDB's native db_bench too, when it is on the PATH
  --only PART       engine: the embedded engines; rest: the server; pauses: the event loop under load
  --workload NAME   only this workload, and what it needs; may be given more than once
  --connections N   REST connections (50)
  --seconds N       length of one REST load, and of a measurement of pauses (5)
  --directory D     where the databases are made (the system's temporary directory)
  --json FILE       write the results there too
  --markdown FILE   the tables
  --plot FILE       the rates of the engines as an SVG picture`;

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000000' },
    valueBytes: { type: 'string', default: '100' },
    repeats: { type: 'string', default: '3' },
    engines: { type: 'string', default: 'corecache,classic-level' },
    dbBench: { type: 'boolean', default: false },
    only: { type: 'string' },
    workload: { type: 'string', multiple: true },
    connections: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '5' },
    directory: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    plot: { type: 'string' },
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
  const tables: string[] = [];
  const show = (text: string): void => {
    tables.push(text);
    console.log(text);
  };
  if (wanted('engine')) {
    results.engines = await compare(progress);
    show(engineTable(results.engines));
    if (values.plot !== undefined) writeFileSync(values.plot, enginePlot(results.engines));
  }
  if (wanted('pauses')) {
    progress('pauses of the event loop');
    results.pauses = await measurePauses({
      seconds: count('seconds'),
      keyCount: count('keys'),
      directory: values.directory,
    });
    show(pausesTable(results.pauses));
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
    show(restTable(results.rest));
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  if (values.markdown !== undefined) writeFileSync(values.markdown, tables.join(''));
}

async function compare(progress: (line: string) => void): Promise<Comparison> {
  const options: ComparisonOptions = {
    engines: engines(),
    keyCount: count('keys'),
    valueBytes: count('valueBytes'),
    repeats: count('repeats'),
    directory: values.directory,
    only: values.workload,
  };
  const comparison = await compareEngines(options, progress);
  return values.dbBench ? await besidesDbBench(comparison, options, progress) : comparison;
}

function engines(): EngineName[] {
  return values.engines.split(',').map((name) => {
    const known = engineNames.find((candidate) => candidate === name);
    if (known === undefined) throw new Error(`--engines takes ${engineNames.join(', ')}; got ${name}`);
    return known;
  });
}

function wanted(part: 'engine' | 'pauses' | 'rest'): boolean {
  return values.only === undefined || values.only === part;
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

function count(name: 'keys' | 'valueBytes' | 'repeats' | 'connections' | 'seconds'): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} takes a whole number of 1 or more, got ${values[name]}`);
  return value;
}
