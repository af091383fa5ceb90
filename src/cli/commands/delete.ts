import { encodingFlag, parseBytes, toByteEncoding } from '../byte-text.js';
import { defineCommand } from '../command.js';
import { toEtag } from '../conditions.js';
import { ExitCode } from '../exit-codes.js';
import { targetFlags, withTarget } from '../target/open-target.js';

export const deleteCommand = defineCommand({
  usage: 'delete <key>',
  description: 'Delete the value of a key',
  positionals: { key: { type: 'string', demandOption: true, describe: 'The key, in --encoding' } },
  flags: {
    ...targetFlags,
    ...encodingFlag,
    ifMatch: { type: 'string', requiresArg: true, describe: 'Only this version (an ETag)' },
  },
  async run({ key: text, ifMatch, ...given }, context) {
    const key = parseBytes(text, toByteEncoding(given.encoding), 'key');
    const condition = ifMatch === undefined ? {} : { ifMatch: toEtag(ifMatch) };
    const deleted = await withTarget(given, context, (target) => target.delete(key, condition));
    if (given.json) await context.output.json({ deleted });
    else if (!deleted) await context.messages.line('corecache: the key has no value');
    return deleted ? ExitCode.done : ExitCode.notFound;
  },
});
