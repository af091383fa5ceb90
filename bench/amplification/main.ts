import { defaultTreeOptions } from '#engine/lsm/tree-options.js';
import { parseArgs } from 'node:util';
import { table } from '../table.js';
import { coreCachePolicy, levelDbPolicy } from './policies.js';
import { simulateFill } from './simulate-fill.js';

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000000,20000000,50000000' },
    passes: { type: 'string', default: '3' },
    memtableBytesMax: { type: 'string', default: String(defaultTreeOptions.memtableBytesMax) },
    tableBytesMax: { type: 'string', default: String(defaultTreeOptions.tableBytesMax) },
    level0TablesCompact: { type: 'string', default: String(defaultTreeOptions.level0TablesCompact) },
    levelBytesBase: { type: 'string', default: String(defaultTreeOptions.levelBytesBase) },
    levelRatio: { type: 'string', default: String(defaultTreeOptions.levelRatio) },
    peer: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

const rows: string[][] = [];
for (const keyCount of values.keys.split(',').map(Number)) {
  const policies = [
    coreCachePolicy({
      tableBytesMax: Number(values.tableBytesMax),
      level0TablesCompact: Number(values.level0TablesCompact),
      levelBytesBase: Number(values.levelBytesBase),
      levelRatio: Number(values.levelRatio),
    }),
    ...(values.peer ? [levelDbPolicy()] : []),
  ];
  for (const policy of policies) {
    const fill = { keyCount, passes: Number(values.passes), memtableBytes: Number(values.memtableBytesMax) };
    simulateFill(policy, fill).forEach((result, pass) =>
      rows.push([
        String(keyCount),
        policy.name,
        pass === 0 ? 'fillrandom' : `overwrite ${pass}`,
        result.writeAmplification.toFixed(2),
        result.spaceAmplification.toFixed(2),
        result.spaceAmplificationAtRest.toFixed(2),
        String(result.sortedRuns),
        String(result.compactions),
        result.levels.map((bytes) => Math.round(bytes / 2 ** 20)).join(' '),
      ]),
    );
  }
}
console.log(
  table(
    ['keys', 'policy', 'pass', 'write amplification', 'space', 'at rest', 'runs', 'compactions', 'MiB by level'],
    rows,
  ),
);
