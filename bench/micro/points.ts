import { showCosts } from './show-costs.js';

const KEYS = 1_000_000;
const OPERATIONS = 200_000;

// What a point read costs; arguments are another number of keys, and engines.
const [keys = String(KEYS), names = 'corecache,classic-level'] = process.argv.slice(2);
const script = new URL('./points-process.js', import.meta.url);
await showCosts(script, names, { keyCount: Number(keys), operations: OPERATIONS });
