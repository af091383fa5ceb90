import { tmpdir } from 'node:os';
import { table } from '../table.js';
import { measureWritesBesideSyncs, type HeldUp } from './measure-writes-beside-syncs.js';

const SECONDS = 120;

// How long the system holds up writes to a file that is being synced; arguments are another directory and number of seconds.
const [directory = tmpdir(), seconds = String(SECONDS)] = process.argv.slice(2);
const { beside, alone } = await measureWritesBesideSyncs(directory, Number(seconds) * 1000);
const row = (name: string, { writes, over1Ms, over5Ms, over20Ms, longestMs }: HeldUp): string[] => [
  name,
  ...[writes, over1Ms, over5Ms, over20Ms].map(String),
  longestMs.toFixed(1),
];
const head = ['writes', 'of them', '> 1 ms', '> 5 ms', '> 20 ms', 'longest, ms'];
console.log(table(head, [row('beside a sync of the file', beside), row('the others', alone)]));
