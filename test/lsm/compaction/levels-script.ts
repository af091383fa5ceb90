import { toFileNumber } from '../../../src/base/numbers.js';
import { Version } from '../../../src/lsm/manifest/version.js';
import type { Choice } from '../../../src/lsm/compaction/choice.js';
import type { TableSummary } from '../../../src/lsm/sstable/table-summary.js';

/**
 * Versions in text, one level a line, tables in any order:
 *
 *     L0: 7[a-f] 5[c-m]*
 *     L5: 2[a-c]x300 1[d-z]!
 *
 * `7` is the file number, and its sequences are 70 to 79; `[a-f]` the keys; `x300` its bytes (100 without); `*` is full
 * of tombstones, `~` has a few, `!` has values of which the first ended at time 1, `%` has values of which half have ended
 * at time 1, `=` has an old version under one of its first sequence, `#` has half of its versions under others, `_` has a
 * long row of tombstones.
 */
export function parseLevels(text: string): Version {
  const added = text
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, level, tables] = /^\s*L(\d):(.*)$/.exec(line)!;
      return tables!
        .trim()
        .split(/\s+/)
        .filter((table) => table !== '')
        .map((table) => ({ level: Number(level), table: parseTable(table) }));
    });
  return Version.empty.apply({ removed: [], added });
}

function parseTable(text: string): TableSummary {
  const [, number, firstKey, lastKey, size, marks] = /^(\d+)\[(\w+)-(\w+)\](?:x(\d+))?([*~!%=#_]*)$/.exec(text)!;
  const has = (mark: string): boolean => marks!.includes(mark);
  return {
    fileNumber: toFileNumber(Number(number)),
    dataBytes: Number(size ?? 100),
    indexBytes: 1,
    entryCount: has('_') ? 20_000 : 10,
    tombstoneCount: has('*') ? 10 : has('~') ? 1 : has('_') ? 5000 : 0,
    rawBytes: 100,
    firstKey: Buffer.from(firstKey!),
    lastKey: Buffer.from(lastKey!),
    minSequence: Number(number) * 10,
    maxSequence: Number(number) * 10 + 9,
    oldestExpiryMs: has('!') || has('%') ? 1 : 0,
    decay: {
      leastCoveringSequence: has('=') || has('#') ? Number(number) * 10 : 0,
      halfDeadAtMs: has('%') || has('#') ? 1 : 0,
      longestDeadRow: has('_') ? 5000 : 0,
    },
  };
}

/** `level0: merge L0 7 5 into L5 with 2, over 9`, or `nothing`. */
export function printChoice(choice: Choice | undefined): string {
  if (choice === undefined) return 'nothing';
  const numbers = (tables: readonly TableSummary[]): string => tables.map(({ fileNumber }) => fileNumber).join(' ');
  const { reason, kind, inputLevel, outputLevel, inputs, overlaps, deeper } = choice;
  let text = `${reason}: ${kind} L${inputLevel} ${numbers(inputs)} into L${outputLevel}`;
  if (overlaps.length > 0) text += ` with ${numbers(overlaps)}`;
  if (deeper.flat().length > 0) text += `, over ${numbers(deeper.flat())}`;
  return text;
}
