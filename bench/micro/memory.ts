import { table } from '../table.js';
import { measureMemory, type MemoryParts } from './measure-memory.js';

const KEYS = 1_000_000;
const MIB = 1024 * 1024;

// Where the memory of a database under load goes, in MiB; arguments are another number of keys, and how many MiB of tables
// may be mapped.
const [keys = String(KEYS), mappedMiB = '0'] = process.argv.slice(2);
const stages = await measureMemory(Number(keys), Number(mappedMiB) * MIB);
const columns: readonly [string, keyof Omit<MemoryParts, 'stage'>][] = [
  ['peak', 'peak'],
  ['resident', 'resident'],
  ['files', 'files'],
  ['tables mapped', 'mapped'],
  ['heap', 'heap'],
  ['cache', 'cache'],
  ['the rest', 'rest'],
  ['of it memtables', 'memtables'],
];
const head = ['after', ...columns.map(([title]) => title)];
const rows = stages.map((parts) => [parts.stage, ...columns.map(([, part]) => (parts[part] / MIB).toFixed(0))]);
console.log(table(head, rows));
