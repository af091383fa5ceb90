import { workloadNames, type Comparison, type EngineFigures } from '../engine/compare-engines.js';
import { mebibytes } from '../engine/engine.js';
import { perSecond } from '../table.js';
import { comparisonTable, type Measure } from './comparison-table.js';
import { engineGoals } from './engine-goals.js';
import { goalsTable } from './goals.js';

const costs: readonly Measure<EngineFigures>[] = [
  { name: 'peak memory', of: (engine) => engine.peakMemoryBytes, format: mebibytes, best: Math.min },
  { name: 'without mapped files', of: (engine) => engine.peakAnonymousBytes, format: mebibytes, best: Math.min },
  { name: 'on disk', of: (engine) => engine.bytesOnDisk, format: mebibytes, best: Math.min },
  {
    name: 'written / given',
    of: (engine) => engine.writeAmplification,
    format: (value) => value.toFixed(2),
    best: Math.min,
  },
];

/** One row a workload. Then memory, disk and write amplification, where a ratio below 1 is the better. */
export function engineTable(comparison: Comparison): string {
  const [ours, ...peers] = comparison.engines;
  if (!ours) return `\n${heading(comparison)}\n`;
  const rates = workloadNames(comparison.engines).map((name): Measure<EngineFigures> => ({
    name,
    of: (engine) => engine.rates[name],
    format: perSecond,
    best: Math.max,
  }));
  const shownCosts = costs.filter(({ of }) => of(ours) !== undefined);
  const goals = engineGoals(comparison);
  return [
    `\n${heading(comparison)}\n\n${comparisonTable([...rates, ...shownCosts], [ours, ...peers])}\n`,
    ...(goals.length > 0 ? [`\n${goalsTable(goals)}\n`] : []),
  ].join('');
}

/** What was measured, with which settings, and what could not be. */
export function heading(comparison: Comparison): string {
  const { machine, keyCount, valueBytes, repeats, engines, missing } = comparison;
  return [
    `${keyCount} keys of 16 bytes, values of ${valueBytes} bytes, median of ${repeats} (± half the range between the runs)`,
    machine,
    '',
    ...engines.map(({ engine, settings }) => `- ${engine}: ${settings}`),
    ...missing.map(({ engine, reason }) => `- ${engine}: not run. ${reason.split('\n')[0] ?? ''}`),
  ].join('\n');
}
