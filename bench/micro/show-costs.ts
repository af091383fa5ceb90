import { runInProcess } from '../engine/own-process.js';
import { table } from '../table.js';
import type { Cost } from './cost.js';

/** Prints a column an engine, each measured in a fresh process by a script that answers with costs. */
export async function showCosts(script: URL, engines: string, options: object): Promise<void> {
  const names = engines.split(',');
  const columns: Cost[][] = [];
  for (const engine of names) columns.push(await runInProcess(script, { ...options, engine }));
  const rows = columns[0]!.map(({ step }, i) => [step, ...columns.map((costs) => microseconds(costs[i]!))]);
  console.log(table(['microseconds of a processor', ...names], rows));
}

function microseconds({ nanoseconds }: Cost): string {
  return (nanoseconds / 1000).toFixed(2);
}
