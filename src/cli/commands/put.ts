import { resolve } from 'node:path';
import { requireDuration } from '../../base/duration.js';
import { CoreCacheError } from '../../base/errors.js';
import { encodingFlag, parseBytes, toByteEncoding } from '../byte-text.js';
import { defineCommand, type CommandContext } from '../command.js';
import { toCondition } from '../conditions.js';
import { ExitCode } from '../exit-codes.js';
import { targetFlags, withTarget } from '../target/open-target.js';

export const putCommand = defineCommand({
  usage: 'put <key> [value]',
  description: 'Write a value: the argument, a file, or standard input',
  positionals: {
    key: { type: 'string', demandOption: true, describe: 'The key, in --encoding' },
    value: { type: 'string', describe: 'The value, in --encoding; without it and --file: standard input' },
  },
  flags: {
    ...targetFlags,
    ...encodingFlag,
    file: { type: 'string', requiresArg: true, describe: 'Take the bytes of this file as the value' },
    ttl: { type: 'string', requiresArg: true, describe: 'The value ends after this time, such as 30s, 5m or 1d' },
    contentType: { type: 'string', requiresArg: true, describe: 'Media type that is stored with the value' },
    ifMatch: { type: 'string', requiresArg: true, describe: 'Only over this version (an ETag), or over any with *' },
    ifNoneMatch: { type: 'string', requiresArg: true, describe: 'With *: only when the key has no value' },
  },
  examples: [
    ['$0 put greeting hello', 'The value is an argument'],
    ['$0 put logo --file logo.png --contentType image/png', 'The value is a file'],
    ["date | $0 put now --ttl 1m --ifNoneMatch '*'", 'The value is standard input'],
  ],
  async run({ key: keyText, value: valueText, file, ttl, contentType, ifMatch, ifNoneMatch, ...given }, context) {
    const encoding = toByteEncoding(given.encoding);
    const key = parseBytes(keyText, encoding, 'key');
    const condition = toCondition(ifMatch, ifNoneMatch);
    const ttlMs = ttl === undefined ? undefined : requireDuration(ttl, '--ttl');
    if (valueText !== undefined && file !== undefined) {
      throw new CoreCacheError('INVALID_ARGUMENT', 'give the value or --file, not both');
    }
    const value = valueText === undefined ? await readValue(file, context) : parseBytes(valueText, encoding, 'value');
    const options = { createIfMissing: true };
    const put = await withTarget(
      given,
      context,
      (target) => target.put(key, value, { ttlMs, contentType, condition }),
      options,
    );
    if (given.json) await context.output.json(put);
    return ExitCode.done;
  },
});

async function readValue(file: string | undefined, context: CommandContext): Promise<Uint8Array> {
  if (file !== undefined) return context.environment.fileSystem.readFile(resolve(context.workingDirectory, file));
  const chunks: Uint8Array[] = [];
  for await (const chunk of context.input) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
