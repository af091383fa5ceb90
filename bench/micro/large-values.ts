import { table } from '../table.js';
import { measureLargeValues } from './measure-values.js';

const VALUE_BYTES = 100_000;
const VALUES = 1000;

// What becomes of a large value, in microseconds of processor time; arguments are another size, and how many values.
const [valueBytes = VALUE_BYTES, count = VALUES] = process.argv.slice(2).map(Number);
const costs = await measureLargeValues(valueBytes, count);
console.log(
  table(
    ['a value', 'microseconds'],
    costs.map(({ step, nanoseconds }) => [step, (nanoseconds / 1000).toFixed(1)]),
  ),
);
