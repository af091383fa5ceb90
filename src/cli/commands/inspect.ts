import { resolve } from 'node:path';
import { isCoreCacheError } from '../../base/errors.js';
import type { FileSystem } from '../../env/file-system.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-codes.js';
import { findingLine, type Finding } from '../inspect/finding.js';
import { inspectLog } from '../inspect/inspect-log.js';
import { inspectManifest } from '../inspect/inspect-manifest.js';
import { inspectTable } from '../inspect/inspect-table.js';
import { inspectValues } from '../inspect/inspect-values.js';

export const inspectCommand = defineCommand({
  usage: 'inspect <kind> <file>',
  description: 'Show what is in a file of a data directory; changes nothing',
  positionals: {
    kind: {
      type: 'string',
      choices: ['log', 'table', 'values', 'manifest'],
      demandOption: true,
      describe: 'What the file is',
    },
    file: { type: 'string', demandOption: true, describe: 'The file; of a table either of its two' },
  },
  flags: {
    entries: { type: 'boolean', default: false, describe: 'Of a table or value file: every entry too' },
  },
  examples: [
    ['$0 inspect log data/node/log/000000000001.log', 'Every record of a segment'],
    ['$0 inspect table data/node/partition-0/000012.data --entries', 'Every entry of a table'],
  ],
  async run({ kind, file, entries, json }, context) {
    const { fileSystem } = context.environment;
    const path = resolve(context.workingDirectory, file);
    const show = (finding: Finding): Promise<void> =>
      json ? context.output.json({ ...finding, type: finding.type.trim() }) : context.output.line(findingLine(finding));
    let isDamaged = false;
    try {
      for await (const finding of findingsOf(kind, fileSystem, path, entries)) {
        await show(finding);
        isDamaged ||= finding.type === 'damage';
        if (context.output.isClosed || context.interrupted.aborted) break;
      }
    } catch (error) {
      // What was found before stays on the screen: damage is the last of the findings.
      if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
      const { file: damaged, offset } = error.data;
      await show({
        type: 'damage',
        file: typeof damaged === 'string' ? damaged : path,
        offset: typeof offset === 'number' ? offset : undefined,
        what: error.message,
      });
      isDamaged = true;
    }
    return isDamaged ? ExitCode.damaged : ExitCode.done;
  },
});

function findingsOf(
  kind: string,
  fileSystem: FileSystem,
  path: string,
  showEntries: boolean,
): AsyncIterable<Finding> | Iterable<Finding> {
  if (kind === 'log') return inspectLog(fileSystem, path);
  if (kind === 'table') return inspectTable(fileSystem, path, showEntries);
  if (kind === 'values') return inspectValues(fileSystem, path, showEntries);
  return inspectManifest(fileSystem, path);
}
