import { resolve } from 'node:path';
import type { ScannedEntry } from '../../client/client-types.js';
import { encodingFlag, toByteEncoding } from '../byte-text.js';
import { defineCommand } from '../command.js';
import { dumpEntries } from '../dump-entries.js';
import { ExitCode } from '../exit-codes.js';
import { formatJsonLine } from '../formats/json-lines.js';
import { formatTabLine } from '../formats/tab-separated.js';
import { rangeFlags, toRange } from '../range-flags.js';
import { targetFlags, withTarget } from '../target/open-target.js';

const formats: Readonly<Record<string, (entry: ScannedEntry) => Uint8Array>> = {
  ndjson: formatJsonLine,
  tsv: formatTabLine,
};

export const dumpCommand = defineCommand({
  usage: 'dump',
  description: 'Write all entries, or a range, in a form that load reads, in key order',
  positionals: {},
  flags: {
    ...targetFlags,
    ...encodingFlag,
    ...rangeFlags,
    format: {
      type: 'string',
      choices: ['ndjson', 'tsv'],
      describe: 'Otherwise by the name of the output, otherwise ndjson',
    },
    output: {
      type: 'string',
      requiresArg: true,
      describe: 'File to write; it appears, or is replaced, when it is whole. Otherwise standard output',
    },
  },
  examples: [
    ['$0 dump --output backup.ndjson', 'Everything'],
    ['$0 dump --prefix user: --format tsv | less', 'A part'],
  ],
  async run({ output, format, json, ...given }, context) {
    const range = toRange(given, toByteEncoding(given.encoding));
    const name = format ?? (output?.endsWith('.tsv') === true ? 'tsv' : 'ndjson');
    const path = output === undefined ? undefined : resolve(context.workingDirectory, output);
    const report = await withTarget(given, context, (target) =>
      dumpEntries(target.scan(range), formats[name] ?? formatJsonLine, path, context),
    );
    if (context.interrupted.aborted) return ExitCode.interrupted;
    if (json && path !== undefined) await context.output.json({ output: path, ...report });
    else if (path !== undefined) {
      await context.output.line(
        `${path}: ${report.entries} entries, ${report.bytes} bytes in ${report.seconds.toFixed(1)} s`,
      );
    }
    return ExitCode.done;
  },
});
