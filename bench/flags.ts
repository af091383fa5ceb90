import { parseArgs } from 'node:util';
import { engineNames, type EngineName } from './engine/engine.js';

export const usage = `npm run bench -- [options]

  --only PART       engine: the embedded engines; pauses: the event loop under load; rest: the server. Without it,
                    these three. And by name only, for they take long: scale: databases much larger than the caches;
                    writes: minutes of random writes, second by second
  --engines A,B     ${engineNames.join(', ')} (corecache,classic-level); the first
                    is compared with the others, which are installed when they are not there
  --keys N          keys in the data set (1000000; scale and writes 20000000)
  --valueBytes N    bytes of a value (100)
  --compression X   on: each engine with its own compression, where it has one (off)
  --directory D     where the databases are made (the system's temporary directory)
  --json FILE       write the results there too
  --markdown FILE   the tables
  --plot FILE       a picture as SVG; with more than one, the part's name goes before the suffix
  --merge FILE …    run nothing: report what earlier runs wrote with --json, together

engine
  --repeats N       runs of each; the median is shown (3)
  --workload NAME   only this workload, and what it needs; may be given more than once
  --cacheMiB N      cache of each engine that has one (64)
  --mappedMiB N     so much of CoreCache's tables is mapped into memory, besides its cache (0)
  --dbBench         RocksDB's native db_bench too, when it is on the PATH
scale
  --samples N       operations of each workload that reads (1000000)
  --overwrite       write every key a second time before it is read
  --quietSeconds N  settled is a database whose files have not changed for so long (5)
  --keep            keep databases and results in --directory, and go on from what is there
writes
  --minutes N       how long; may be a fraction (10)
  --durable         each write is on the device before it is answered
pauses, rest
  --connections N   REST connections (50)
  --seconds N       length of one REST load, and of a measurement of pauses (5)
  --repeats N       runs of each REST server; the median is shown (3)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    engines: { type: 'string', default: 'corecache,classic-level' },
    keys: { type: 'string' },
    valueBytes: { type: 'string', default: '100' },
    directory: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    plot: { type: 'string' },
    merge: { type: 'boolean', default: false },
    repeats: { type: 'string', default: '3' },
    workload: { type: 'string', multiple: true },
    dbBench: { type: 'boolean', default: false },
    cacheMiB: { type: 'string', default: '64' },
    mappedMiB: { type: 'string', default: '0' },
    compression: { type: 'string', default: 'off' },
    samples: { type: 'string', default: '1000000' },
    overwrite: { type: 'boolean', default: false },
    quietSeconds: { type: 'string', default: '5' },
    keep: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '10' },
    durable: { type: 'boolean', default: false },
    connections: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});

export const flags = values;

/** The files to merge. */
export const files: readonly string[] = positionals;
if (!values.merge && files.length > 0) throw new Error(`${files[0]!} is no option, and only --merge takes files`);

export const parts = ['engine', 'scale', 'writes', 'pauses', 'rest'] as const;
export type Part = (typeof parts)[number];
const LONG: ReadonlySet<Part> = new Set(['scale', 'writes']);

/** @throws Error for a part that there is not */
export function chosenParts(): readonly Part[] {
  if (values.only === undefined) return parts.filter((part) => !LONG.has(part));
  return [oneOf('only', parts, values.only)];
}

export function chosenEngines(): EngineName[] {
  return values.engines.split(',').map((name) => oneOf('engines', engineNames, name));
}

export function compression(): boolean {
  return oneOf('compression', ['on', 'off'], values.compression) === 'on';
}

/** @throws Error for what is not a whole number of 1 or more */
export function count(
  name: 'valueBytes' | 'cacheMiB' | 'repeats' | 'samples' | 'quietSeconds' | 'connections' | 'seconds',
): number {
  return wholeNumber(name, values[name]);
}

/** @throws Error for what is not a whole number of 0 or more */
export function mappedMiB(): number {
  return values.mappedMiB === '0' ? 0 : wholeNumber('mappedMiB', values.mappedMiB);
}

export function keyCount(part: Part): number {
  return wholeNumber('keys', values.keys ?? (LONG.has(part) ? '20000000' : '1000000'));
}

export function minutes(): number {
  const value = Number(values.minutes);
  if (!(value > 0 && value < Infinity)) throw new Error(`--minutes takes a number above 0, got ${values.minutes}`);
  return value;
}

function oneOf<Name extends string>(flag: string, names: readonly Name[], value: string): Name {
  const known = names.find((candidate) => candidate === value);
  if (known === undefined) throw new Error(`--${flag} takes ${names.join(', ')}; got ${value}`);
  return known;
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${flag} takes a whole number of 1 or more, got ${text}`);
  return value;
}
