import { table } from '../table.js';
import { measureScans } from './measure-scans.js';

const KEYS = 1_000_000;

// What an entry of a scan costs, and how much of that nobody can save; an argument is another number of keys.
const costs = await measureScans(Number(process.argv[2] ?? KEYS));
console.log(
  table(
    ['step', 'ns'],
    costs.map(({ step, nanoseconds }) => [step, nanoseconds.toFixed(0)]),
  ),
);
