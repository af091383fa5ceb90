import { resolve } from 'node:path';
import { isCoreCacheError } from '../../base/errors.js';
import { Database } from '../../store/database.js';
import type { VerifyReport } from '../../store/directory/verification.js';
import { defineCommand, type CommandContext } from '../command.js';
import { ExitCode } from '../exit-codes.js';

export const verifyCommand = defineCommand({
  usage: 'verify',
  description: 'Read everything in a data directory and check it; no server may be running on it',
  positionals: {},
  flags: {
    dataDirectory: { type: 'string', requiresArg: true, demandOption: true, describe: 'The directory to check' },
  },
  async run({ dataDirectory, json }, context) {
    const report = await verifyDirectory(resolve(context.workingDirectory, dataDirectory), context);
    const { problems } = report;
    if (json) await context.output.json(report);
    else {
      for (const { file, offset, what } of problems) {
        await context.output.line(`${offset === undefined ? file : `${file} at offset ${offset}`}: ${what}`);
      }
      const { filesChecked, recordsChecked, entriesChecked } = report;
      const found = problems.length === 0 ? 'no damage' : `problems: ${problems.length}`;
      await context.output.line(
        `${found}; ${filesChecked} files, ${recordsChecked} log records, ${entriesChecked} table entries checked`,
      );
    }
    return problems.length === 0 ? ExitCode.done : ExitCode.damaged;
  },
});

/** Damage that keeps the database from being opened is a finding like any other. */
async function verifyDirectory(directory: string, { environment }: CommandContext): Promise<VerifyReport> {
  let database: Database;
  try {
    database = await Database.open(directory, { environment, createIfMissing: false });
  } catch (error) {
    if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    const { file, offset } = error.data;
    const problem = {
      file: typeof file === 'string' ? file : directory,
      offset: typeof offset === 'number' ? offset : undefined,
      what: `the database does not open: ${error.message}`,
    };
    return { filesChecked: 0, recordsChecked: 0, entriesChecked: 0, problems: [problem] };
  }
  try {
    return await database.verify();
  } finally {
    await database.close();
  }
}
