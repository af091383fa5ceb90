import yargs from 'yargs';
import { CoreCacheError, isCoreCacheError } from '../base/errors.js';
import { PRODUCT_VERSION } from '../base/product-version.js';
import { toErrorBody } from '../protocol/error-body.js';
import { closestTo } from '../settings/closest-name.js';
import type { CommandContext } from './command.js';
import { commands } from './commands.js';
import { ExitCode, exitCodeOf } from './exit-codes.js';

/** Runs one command line (without the names of node and of the program) to its end. Never rejects on an operating error. */
export async function run(argv: readonly string[], context: CommandContext): Promise<ExitCode> {
  let code: ExitCode = ExitCode.done;
  const printed: string[] = [];
  try {
    let parser = yargs()
      .scriptName('corecache')
      .usage('$0 <command>\n\nA distributed key-value store.')
      .locale('en')
      .parserConfiguration({
        'camel-case-expansion': false,
        'dot-notation': false,
        'duplicate-arguments-array': false,
        'parse-numbers': false,
        'parse-positional-numbers': false,
      })
      .strict()
      .demandCommand(1, 'Which command? corecache --help lists them.')
      .recommendCommands()
      .version(PRODUCT_VERSION)
      .help()
      .wrap(HELP_WIDTH)
      .epilogue(
        'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no value, 4 condition failed, 5 no node answers, 6 outcome unknown, 7 records refused, 8 damage found.',
      )
      .exitProcess(false)
      .fail((message: string | null, error: Error | undefined) => {
        throw error ?? new CoreCacheError('INVALID_ARGUMENT', withSuggestion(message ?? 'wrong usage', argv));
      });
    for (const command of commands) {
      parser = command.register(parser, context, (result) => {
        code = result;
      });
    }
    await parser.parseAsync([...argv], {}, (_error, _given, text) => {
      if (text !== '') printed.push(text);
    });
    for (const text of printed) await context.output.line(text);
    return code;
  } catch (error) {
    return report(error, argv, context);
  }
}

const HELP_WIDTH = 110;

async function report(error: unknown, argv: readonly string[], context: CommandContext): Promise<ExitCode> {
  // What yargs itself objects to is an error of its own without a code.
  const isUsage = error instanceof Error && error.name === 'YError';
  const told = isUsage ? new CoreCacheError('INVALID_ARGUMENT', withSuggestion(error.message, argv)) : error;
  if (!isCoreCacheError(told)) throw error;
  if (argv.includes('--json')) {
    const body = toErrorBody(told);
    await context.messages.json({ error: { ...body.error, data: told.data } });
  } else {
    await context.messages.line(`corecache: ${told.message}`);
  }
  return exitCodeOf(told.code);
}

/** yargs names the unknown flag; we add the one that was probably meant. */
function withSuggestion(message: string, argv: readonly string[]): string {
  const unknown = /^Unknown arguments?: (\S+?)(,|$)/.exec(message)?.[1];
  const command = commands.find(({ name }) => argv.includes(name));
  if (unknown === undefined || command === undefined) return message;
  const meant = closestTo(unknown, command.flagNames);
  const hint =
    meant === undefined ? `corecache ${command.name} --help lists what it takes` : `did you mean --${meant}?`;
  return `${message}; ${hint}`;
}
