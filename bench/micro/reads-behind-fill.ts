import { perSecond, table } from '../table.js';
import { measureReadsBehindFill } from './measure-reads-behind-fill.js';

const KEYS = 1_000_000;
const MAPPED_MIB = 256;

// `readrandom` tenth by tenth; arguments are other numbers of keys, and of MiB that may be mapped.
const [keys = KEYS, mappedMiB = MAPPED_MIB] = process.argv.slice(2).map(Number);
const parts = await measureReadsBehindFill({ keyCount: keys, mappedBytes: mappedMiB * 1024 * 1024 });
const head = ['tenth', 'rate', 'run, µs a read', 'wait, µs', 'first looks', 'level-0 tables', 'flushes', 'compactions'];
const rows = parts.map((part) => [
  `${part.stage}, ${part.number}`,
  perSecond(part.rate),
  part.ranMicroseconds.toFixed(2),
  part.waitedMicroseconds.toFixed(2),
  String(part.firstLooks),
  String(part.level0Tables),
  String(part.flushes),
  String(part.compactions),
]);
console.log(table(head, rows));
