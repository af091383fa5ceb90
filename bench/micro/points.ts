import { showCosts } from './show-costs.js';

const KEYS = 1_000_000;
const OPERATIONS = 200_000;

// What a point read costs; arguments are another number of keys, engines, and how many MiB of CoreCache's tables are mapped.
const [keys = String(KEYS), names = 'corecache,classic-level', mappedMiB = '0'] = process.argv.slice(2);
const script = new URL('./points-process.js', import.meta.url);
const mappedBytes = Number(mappedMiB) * 1024 * 1024;
await showCosts(script, names, { keyCount: Number(keys), operations: OPERATIONS, mappedBytes });
