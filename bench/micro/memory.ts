import { table } from '../table.js';
import { measureMemory } from './measure-memory.js';

const KEYS = 1_000_000;
const MIB = 1024 * 1024;

// Where the memory of a database under load goes, in MiB; an argument is another number of keys.
const stages = await measureMemory(Number(process.argv[2] ?? KEYS));
const head = ['after', 'peak', 'resident', 'files', 'heap', 'buffers', 'of them cache', 'the rest', 'of it memtables'];
const rows = stages.map((parts) => [
  parts.stage,
  ...[parts.peak, parts.resident, parts.files, parts.heap, parts.buffers, parts.cache, parts.rest, parts.memtables].map(
    (bytes) => (bytes / MIB).toFixed(0),
  ),
]);
console.log(table(head, rows));
