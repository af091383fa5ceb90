import { resolve } from 'node:path';
import { Database } from '../../store/database.js';
import type { RepairLoss, RepairReport } from '../../store/repair/repair-report.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-codes.js';

export const repairCommand = defineCommand({
  usage: 'repair',
  description: 'Make a damaged data directory one that opens, and say what is lost; no server may be running on it',
  positionals: {},
  flags: {
    dataDirectory: { type: 'string', requiresArg: true, demandOption: true, describe: 'The directory to repair' },
    dryRun: { type: 'boolean', default: false, describe: 'Say what would be done, and change nothing' },
  },
  examples: [['$0 repair --dataDirectory data/node --dryRun', 'What is damaged, and what can be saved']],
  async run({ dataDirectory, dryRun, json }, { environment, output, workingDirectory }) {
    const report = await Database.repair(resolve(workingDirectory, dataDirectory), { environment, dryRun });
    if (json) await output.json({ ...report, losses: report.losses.map(lossBody) });
    else for (const line of linesOf(report)) await output.line(line);
    // Nothing of what was stored is missing, or all the same: the exit code tells a script whether someone should look.
    const isLost = report.losses.length > 0 || report.warnings.length > 0;
    return isLost || (dryRun && report.found.length > 0) ? ExitCode.damaged : ExitCode.done;
  },
});

function* linesOf({
  dryRun,
  found,
  losses,
  warnings,
  actions,
  setAside,
  lostDirectory,
}: RepairReport): Generator<string> {
  for (const { file, offset, what } of found) yield `damaged: ${placeOf(file, offset)}: ${what}`;
  for (const loss of losses) yield `lost: ${placeOf(loss.file, loss.offset)}: ${extentOf(loss)}`;
  for (const warning of warnings) yield `warning: ${warning}`;
  for (const action of actions) yield `${dryRun ? 'would do' : 'done'}: ${action}`;
  if (lostDirectory !== undefined) yield `set aside: ${setAside.length} files in ${lostDirectory}`;
  if (found.length === 0) yield 'no damage: nothing to repair';
  else if (losses.length === 0) yield 'nothing is lost that was found damaged';
}

function placeOf(file: string, offset: number | undefined): string {
  return offset === undefined ? file : `${file} at offset ${offset}`;
}

function extentOf({ bytes, records, firstSequence, lastSequence, firstKey, lastKey, what }: RepairLoss): string {
  const parts = [what];
  if (bytes !== undefined) parts.push(`${bytes} bytes`);
  if (records !== undefined) parts.push(`${records} records in the first group of them`);
  if (firstSequence !== undefined) parts.push(`sequences ${firstSequence} to ${lastSequence}`);
  if (firstKey !== undefined && lastKey !== undefined) {
    parts.push(`keys from ${textOf(firstKey)} to ${textOf(lastKey)} may be missing, older, or back although deleted`);
  }
  return parts.join('; ');
}

function textOf(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString('utf8'));
}

/** Keys in base64, as everywhere in JSON where they need not be text. */
function lossBody({ firstKey, lastKey, ...loss }: RepairLoss): Record<string, unknown> {
  const base64 = (key: Uint8Array | undefined): string | undefined => key && Buffer.from(key).toString('base64');
  return { ...loss, firstKey: base64(firstKey), lastKey: base64(lastKey) };
}
