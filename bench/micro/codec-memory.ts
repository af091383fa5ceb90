import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { table } from '../table.js';
import { blockCodecs } from './block-codecs.js';
import { userDocuments } from './compare-codecs.js';

const BLOCK_BYTES = 4096;
const BLOCKS = 100_000;
const MIB = 1024 * 1024;

// What a process holds of the blocks that it goes through in one turn of the event loop: each codec in a process of its own.
const [directory, own] = process.argv.slice(2);
if (own === undefined) await compare();
else console.log(`| ${await measure(own)} |`);

async function compare(): Promise<void> {
  const head = ['codec', 'at the start', `${BLOCKS} decompressed`, `and ${BLOCKS} compressed`, 'after the turn'];
  console.log(table(head, []));
  for (const { name } of await blockCodecs(directory)) {
    await new Promise((resolve) => {
      fork(fileURLToPath(import.meta.url), [directory ?? '.', name]).once('exit', resolve);
    });
  }
}

async function measure(name: string): Promise<string> {
  const codec = (await blockCodecs(directory)).find((candidate) => candidate.name === name)!;
  const block = userDocuments(BLOCK_BYTES);
  const stored = Buffer.from(codec.compress(block));
  const resident = [residentMiB()];
  for (let i = 0; i < BLOCKS; i++) codec.decompress(stored, BLOCK_BYTES);
  resident.push(residentMiB());
  for (let i = 0; i < BLOCKS; i++) codec.compress(block);
  resident.push(residentMiB());
  await new Promise((resolve) => setTimeout(resolve, 500));
  return [name, ...[...resident, residentMiB()].map((mib) => `${mib} MiB`)].join(' | ');
}

function residentMiB(): number {
  return Math.round(process.memoryUsage.rss() / MIB);
}
