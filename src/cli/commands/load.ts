import { resolve } from 'node:path';
import { CoreCacheError } from '../../base/errors.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-codes.js';
import { formatOfName, inputFormatNames, inputFormats, type InputFormatName } from '../formats/input-format.js';
import { InputSource, STANDARD_INPUT } from '../load/input-source.js';
import { loadInput, type LoadReport } from '../load/load-input.js';
import { toCount } from '../range-flags.js';
import { targetFlags, withTarget } from '../target/open-target.js';

export const STATE_SUFFIX = '.corecache-load';

export const loadCommand = defineCommand({
  usage: 'load [files..]',
  description: 'Write the records of files, or of standard input, plain or gzip',
  positionals: {
    files: { type: 'string', array: true, describe: `Files to load; none or ${STANDARD_INPUT}: standard input` },
  },
  flags: {
    ...targetFlags,
    format: {
      type: 'string',
      choices: inputFormatNames,
      describe: 'What the input holds; otherwise by its name (.tsv, Packages), otherwise ndjson',
    },
    concurrency: { type: 'string', default: '32', requiresArg: true, describe: 'Requests in flight at once' },
    batch: {
      type: 'string',
      default: '1',
      requiresArg: true,
      describe: 'Records in a request; a request is all or nothing',
    },
    resume: {
      type: 'string',
      requiresArg: true,
      describe: `Keep the state of the load in this file, and go on where it says; otherwise <file>${STATE_SUFFIX}`,
    },
    restart: { type: 'boolean', default: false, describe: 'Begin from the start whatever the state says' },
    rejects: { type: 'string', requiresArg: true, describe: 'Write refused records to this file, as they are' },
  },
  examples: [
    ['$0 load backup.ndjson.gz', 'What corecache dump wrote'],
    [
      '/usr/lib/apt/apt-helper cat-file /var/lib/apt/lists/*Packages* | $0 load --format packages',
      "Debian's package index",
    ],
  ],
  async run({ files, format, resume, rejects, restart, ...given }, context) {
    const names = files === undefined || files.length === 0 ? [STANDARD_INPUT] : files;
    if (names.length > 1 && resume !== undefined) {
      throw new CoreCacheError('INVALID_ARGUMENT', '--resume takes one file to load, for it is the state of one load');
    }
    const concurrency = toCount(given.concurrency, '--concurrency', 1024);
    const batchSize = toCount(given.batch, '--batch', 10_000);
    const absolute = (path: string): string => resolve(context.workingDirectory, path);
    const reports: LoadReport[] = [];
    // The same records are sent again after a loss of connection: nobody else is meant to write these keys meanwhile.
    const options = { createIfMissing: true, repeatUnknownWrites: true, connectionsMax: concurrency };
    await withTarget(
      given,
      context,
      async (target) => {
        for (const name of names) {
          if (context.interrupted.aborted) break;
          const isStream = name === STANDARD_INPUT;
          const formatName: InputFormatName = inputFormatNames.find((known) => known === format) ?? formatOfName(name);
          const source = isStream
            ? InputSource.ofStream(context.input)
            : await InputSource.ofFile(context.environment.fileSystem, absolute(name));
          const stateFile = resume ?? (isStream ? undefined : `${name}${STATE_SUFFIX}`);
          const report = await loadInput(source, target, context, {
            format: inputFormats[formatName],
            formatName,
            concurrency,
            batchSize,
            stateFile: stateFile === undefined ? undefined : absolute(stateFile),
            mayGoWithoutState: resume === undefined,
            restart,
            rejectsFile: rejects === undefined ? undefined : absolute(rejects),
            json: given.json,
          });
          reports.push(report);
          if (given.json) await context.output.json(report);
          else await context.output.line(sentenceOf(report));
        }
      },
      options,
    );
    if (context.interrupted.aborted) return ExitCode.interrupted;
    return reports.some(({ refused }) => refused > 0) ? ExitCode.refused : ExitCode.done;
  },
});

function sentenceOf({ input, loaded, refused, expired, seconds, recordsPerSecond, isWhole }: LoadReport): string {
  const parts = [`${loaded} loaded`, `${refused} refused`];
  if (expired > 0) parts.push(`${expired} expired`);
  const end = isWhole ? '' : '; interrupted, the same command goes on from here';
  return `${input}: ${parts.join(', ')} in ${seconds.toFixed(1)} s (${Math.round(recordsPerSecond)} records/s)${end}`;
}
