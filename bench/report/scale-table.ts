import { figureOf } from '../engine/compare-engines.js';
import { mebibytes } from '../engine/engine.js';
import { describeScale } from '../scale/describe-scale.js';
import type { ScaleReport, ScaleResult } from '../scale/scale-result.js';
import { useWorkloadNames } from '../scale/use-stage.js';
import { perSecond } from '../table.js';
import { alike } from './alike.js';
import { comparisonTable, type Measure } from './comparison-table.js';
import { goalsTable } from './goals.js';
import { scaleGoals } from './scale-goals.js';

type Of = (result: ScaleResult) => number | undefined;

/** One table for each thing measured; the first engine of each is compared with the others. */
export function scaleTables(report: ScaleReport): string {
  const missing = report.missing.map(({ engine, reason }) => `- ${engine}: not run. ${reason.split('\n')[0] ?? ''}\n`);
  return (
    groupsOf(report.results)
      .map((results) => `\n${scaleTable(report.machine, results)}\n`)
      .join('') + missing.join('')
  );
}

/** By what was measured, the fewest keys first. */
export function groupsOf(results: readonly ScaleResult[]): [ScaleResult, ...ScaleResult[]][] {
  return alike(results, describeScale).sort(([a], [b]) => a.keyCount - b.keyCount);
}

function scaleTable(machine: string, results: [ScaleResult, ...ScaleResult[]]): string {
  const measures = [...filled, ...opened, ...used, ...held].filter(({ of }) => results.some((result) => of(result)));
  return [
    describeScale(results[0]),
    machine,
    '',
    ...results.map(({ engine, settings }) => `- ${engine}: ${settings}`),
    '',
    comparisonTable(measures, results),
    ...goalsOf(results),
  ].join('\n');
}

/** What CoreCache is to reach beside LevelDB; nothing where CoreCache was not run. */
function goalsOf(results: readonly ScaleResult[]): string[] {
  const ours = results.find(({ engine }) => engine === 'corecache');
  const peer = results.find(({ engine }) => engine === 'classic-level');
  return ours ? ['', goalsTable(scaleGoals(ours, peer))] : [];
}

const seconds = (value: number): string => `${value.toFixed(1)} s`;
const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
const factor = (value: number): string => value.toFixed(2);

function cost(name: string, format: (value: number) => string, of: Of): Measure<ScaleResult> {
  return { name, of: figure(of), format, best: Math.min };
}

function rate(name: string, of: Of): Measure<ScaleResult> {
  return { name, of: figure(of), format: perSecond, best: Math.max };
}

function figure(of: Of): Measure<ScaleResult>['of'] {
  return (result) => {
    const value = of(result);
    return value === undefined ? undefined : figureOf([value]);
  };
}

const filled = (['fillrandom', 'overwrite'] as const).flatMap((name): Measure<ScaleResult>[] => [
  rate(name, ({ fill }) => fill[name]?.rate),
  cost(`${name}: settled after`, seconds, ({ fill }) => fill[name]?.settleSeconds),
  cost(`${name}: on disk`, mebibytes, ({ fill }) => fill[name]?.bytesOnDisk),
  cost(`${name}: on disk / live`, factor, ({ fill }) => fill[name]?.spaceAmplification),
  cost(`${name}: index and filter, bytes a key`, factor, ({ fill }) => fill[name]?.indexBytesPerKey),
  cost(`${name}: written / given`, factor, ({ fill }) => fill[name]?.writeAmplification),
]);

const opened: readonly Measure<ScaleResult>[] = [
  cost('close', milliseconds, ({ fill }) => fill.closeMs),
  cost('open, a tenth of the keys', milliseconds, ({ openOfTenth }) => openOfTenth.openMs),
  cost('open', milliseconds, ({ use }) => use.open.openMs),
  cost('first read', milliseconds, ({ use }) => use.open.firstReadMs),
  cost('open once more, a tenth', milliseconds, ({ openOfTenth }) => openOfTenth.reopenMs),
  cost('open once more', milliseconds, ({ use }) => use.open.reopenMs),
];

const used = useWorkloadNames.map((name) => rate(name, ({ use }) => use.rates[name]));

const held: readonly Measure<ScaleResult>[] = [
  cost('peak memory, writing, a tenth', mebibytes, ({ memoryOfTenth }) => memoryOfTenth?.writing),
  cost('peak memory, writing', mebibytes, ({ fill }) => fill.memory.peakResidentBytes),
  cost('without mapped files, writing', mebibytes, ({ fill }) => fill.memory.peakAnonymousBytes),
  cost('peak memory, reading, a tenth', mebibytes, ({ memoryOfTenth }) => memoryOfTenth?.reading),
  cost('peak memory, reading', mebibytes, ({ use }) => use.memory.peakResidentBytes),
  cost('without mapped files, reading', mebibytes, ({ use }) => use.memory.peakAnonymousBytes),
];
