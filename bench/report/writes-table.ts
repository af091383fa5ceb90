import { mebibytes } from '../engine/engine.js';
import { perSecond, table } from '../table.js';
import { describeWrites } from '../writes/describe-writes.js';
import type { WritesReport, WritesResult } from '../writes/writes-result.js';
import { alike } from './alike.js';
import { goalsTable } from './goals.js';
import { writesGoals } from './writes-goals.js';

const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;

const columns: readonly { readonly name: string; readonly of: (result: WritesResult) => string }[] = [
  { name: 'engine', of: ({ engine }) => engine },
  { name: 'rate', of: ({ rate }) => perSecond(rate) },
  { name: 'p50', of: ({ p50Ms }) => ms(p50Ms) },
  { name: 'p99', of: ({ p99Ms }) => ms(p99Ms) },
  { name: 'p99.9', of: ({ p999Ms }) => ms(p999Ms) },
  { name: 'slowest', of: ({ slowestMs }) => ms(slowestMs) },
  { name: 'seconds without an answer', of: ({ silentSeconds }) => String(silentSeconds) },
  { name: 'longest pause', of: ({ longestPauseMs }) => ms(longestPauseMs) },
  { name: 'without the collector', of: ({ longestOwnPauseMs }) => ms(longestOwnPauseMs) },
  { name: 'and the wait for a processor', of: ({ longestWorkMs: work }) => (work === undefined ? '–' : ms(work)) },
  { name: 'longest collection', of: ({ longestCollectionMs }) => ms(longestCollectionMs) },
  { name: 'peak memory', of: ({ peakMemoryBytes }) => mebibytes(peakMemoryBytes) },
  { name: 'on disk', of: ({ bytesOnDisk }) => mebibytes(bytesOnDisk) },
  { name: 'written / given', of: ({ writeAmplification }) => writeAmplification?.toFixed(2) ?? '–' },
];

/** One table for each kind of write that was run; one row an engine. */
export function writesTables({ machine, results, missing }: WritesReport): string {
  const notRun = missing.map(({ engine, reason }) => `- ${engine}: not run. ${reason.split('\n')[0] ?? ''}\n`);
  return [...alike(results, describeWrites).map((group) => `\n${writesTable(machine, group)}\n`), ...notRun].join('');
}

function writesTable(machine: string, results: [WritesResult, ...WritesResult[]]): string {
  const head = columns.map(({ name }) => name);
  const rows = results.map((result) => columns.map(({ of }) => of(result)));
  return [
    describeWrites(results[0]),
    machine,
    '',
    ...results.map(({ engine, settings }) => `- ${engine}: ${settings}`),
    '',
    table(head, rows),
    ...results.filter(({ engine }) => engine === 'corecache').flatMap((ours) => ['', goalsTable(writesGoals(ours))]),
  ].join('\n');
}
