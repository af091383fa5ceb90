import { readFileSync, renameSync, writeFileSync } from 'node:fs';
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
  mappedMiB,
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

const BYTES_A_MIB = 1024 * 1024;

if (flags.help) console.log(usage);
else if (flags.merge) keepResults(merge());
else keepResults(await run());

/** Shows the tables of each part as soon as it has ended, and keeps figures as soon as they are there. */
async function run(): Promise<Results> {
  let results: Results = {};
  for (const part of chosenParts()) {
    const before = results;
    const keep = (partly: Results): void => keepFigures({ ...before, ...partly });
    const result = await runPart(part, (line) => console.error(line), keep);
    console.log(reportOf(result));
    results = { ...before, ...result };
  }
  return results;
}

function merge(): Results {
  if (files.length === 0) throw new Error('--merge takes files that were written with --json');
  const results = mergeResults(files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Results));
  console.log(reportOf(results));
  return results;
}

async function runPart(
  part: Part,
  progress: (line: string) => void,
  save: (results: Results) => void,
): Promise<Results> {
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
      const options = {
        ...common,
        cacheBytes: count('cacheMiB') * BYTES_A_MIB,
        mappedBytes: mappedMiB() * BYTES_A_MIB,
        repeats: count('repeats'),
        only: flags.workload,
      };
      return { engines: await compare(options, progress, (engines) => save({ engines })) };
    }
    case 'scale': {
      const { overwrite, keep } = flags;
      const options = { ...common, samples: count('samples'), quietSeconds: count('quietSeconds'), overwrite, keep };
      return { scale: await compareScale(options, progress, (scale) => save({ scale })) };
    }
    case 'writes': {
      const options = { ...common, minutes: minutes(), isDurable: flags.durable };
      return { writes: await compareWrites(options, progress, (writes) => save({ writes })) };
    }
    case 'pauses':
      progress('pauses of the event loop');
      return { pauses: await measurePauses({ seconds: count('seconds'), keyCount: keyCount(part), directory }) };
    case 'rest': {
      const [connections, seconds, repeats] = [count('connections'), count('seconds'), count('repeats')];
      return { rest: await compareRest({ connections, seconds, repeats, keyCount: 10_000, directory }, progress) };
    }
  }
}

async function compare(
  options: ComparisonOptions,
  progress: (line: string) => void,
  keep: (comparison: Comparison) => void,
): Promise<Comparison> {
  const comparison = await compareEngines(options, progress, keep);
  return flags.dbBench ? await besidesDbBench(comparison, options, progress) : comparison;
}

function keepResults(results: Results): void {
  keepFigures(results);
  if (flags.markdown !== undefined) writeFileSync(flags.markdown, reportOf(results));
  if (flags.plot !== undefined) {
    const pictures = Object.entries(picturesOf(results));
    for (const [name, picture] of pictures) {
      writeFileSync(pictures.length === 1 ? flags.plot : flags.plot.replace(/(\.svg)?$/, `-${name}.svg`), picture);
    }
  }
}

/** In one step, so that a run that is cut off leaves the figures of what had ended. */
function keepFigures(results: Results): void {
  if (flags.json === undefined) return;
  const unfinished = `${flags.json}.unfinished`;
  writeFileSync(unfinished, `${JSON.stringify(results, null, 2)}\n`);
  renameSync(unfinished, flags.json);
}
