import { showCosts } from './show-costs.js';

const KEYS = 1_000_000;

// What an entry of a fill costs, by thread; arguments are another number of keys, and engines.
const [keys = String(KEYS), names = 'corecache,classic-level'] = process.argv.slice(2);
await showCosts(new URL('./fills-process.js', import.meta.url), names, { keyCount: Number(keys) });
