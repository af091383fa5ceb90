import { readFileSync, writeFileSync } from 'node:fs';
import { compareEngines, type Comparison, type ComparisonOptions } from './engine/compare-engines.js';
import { besidesDbBench } from './engine/db-bench.js';
import {
  chosenEngines,
  chosenParts,
  compression,
  count,
  files,
  flags,
  keyCount,
  minutes,
  usage,
  type Part,
} from './flags.js';
import { measurePauses } from './pauses/measure-pauses.js';
import { picturesOf, reportOf } from './report/report.js';
import { compareRest } from './rest/compare-rest.js';
import { mergeResults, type Results } from './results.js';
import { compareScale } from './scale/compare-scale.js';
import { compareWrites } from './writes/compare-writes.js';

if (flags.help) console.log(usage);
else if (flags.merge) keepResults(merge());
else keepResults(await run());

/** Shows the tables of each part as soon as it has ended. */
async function run(): Promise<Results> {
  let results: Results = {};
  for (const part of chosenParts()) {
    const result = await runPart(part, (line) => console.error(line));
    console.log(reportOf(result));
    results = { ...results, ...result };
  }
  return results;
}

function merge(): Results {
  if (files.length === 0) throw new Error('--merge takes files that were written with --json');
  const results = mergeResults(files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Results));
  console.log(reportOf(results));
  return results;
}

async function runPart(part: Part, progress: (line: string) => void): Promise<Results> {
  const { directory } = flags;
  const common = {
    engines: chosenEngines(),
    keyCount: keyCount(part),
    valueBytes: count('valueBytes'),
    compression: compression(),
    directory,
  };
  switch (part) {
    case 'engine': {
      const options = { ...common, repeats: count('repeats'), only: flags.workload };
      return { engines: await compare(options, progress) };
    }
    case 'scale': {
      const { overwrite, keep } = flags;
      const options = { ...common, samples: count('samples'), quietSeconds: count('quietSeconds'), overwrite, keep };
      return { scale: await compareScale(options, progress) };
    }
    case 'writes':
      return { writes: await compareWrites({ ...common, minutes: minutes(), isDurable: flags.durable }, progress) };
    case 'pauses':
      progress('pauses of the event loop');
      return { pauses: await measurePauses({ seconds: count('seconds'), keyCount: keyCount(part), directory }) };
    case 'rest': {
      const [connections, seconds, repeats] = [count('connections'), count('seconds'), count('repeats')];
      return { rest: await compareRest({ connections, seconds, repeats, keyCount: 10_000, directory }, progress) };
    }
  }
}

async function compare(options: ComparisonOptions, progress: (line: string) => void): Promise<Comparison> {
  const comparison = await compareEngines(options, progress);
  return flags.dbBench ? await besidesDbBench(comparison, options, progress) : comparison;
}

function keepResults(results: Results): void {
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(results, null, 2)}\n`);
  if (flags.markdown !== undefined) writeFileSync(flags.markdown, reportOf(results));
  if (flags.plot !== undefined) {
    const pictures = Object.entries(picturesOf(results));
    for (const [name, picture] of pictures) {
      writeFileSync(pictures.length === 1 ? flags.plot : flags.plot.replace(/(\.svg)?$/, `-${name}.svg`), picture);
    }
  }
}
