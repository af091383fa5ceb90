import { defineCommand } from '../command.js';
import { encodingFlag, formatBytes, parseBytes, toByteEncoding } from '../byte-text.js';
import { jsonText } from '../json-text.js';
import { ExitCode } from '../exit-codes.js';
import { targetFlags, withTarget } from '../target/open-target.js';

export const getCommand = defineCommand({
  usage: 'get <key>',
  description: 'Write the value of a key to standard output, byte for byte',
  positionals: { key: { type: 'string', demandOption: true, describe: 'The key, in --encoding' } },
  flags: { ...targetFlags, ...encodingFlag },
  examples: [
    ['$0 get greeting', 'The value and nothing else: no line feed is added'],
    ['$0 get --json --encoding base64 a2V5', 'Key and value in base64, with ETag and times'],
  ],
  async run({ key: text, encoding: name, json, ...given }, context) {
    const encoding = toByteEncoding(name);
    const key = parseBytes(text, encoding, 'key');
    const found = await withTarget(given, context, (target) => target.get(key));
    if (found === undefined) {
      if (json)
        await context.messages.json({
          error: { code: 'KEY_NOT_FOUND', message: 'the key has no value', retryable: false },
        });
      else await context.messages.line('corecache: the key has no value');
      return ExitCode.notFound;
    }
    const { value, ...facts } = found;
    if (!json) await context.output.write(value);
    else if (encoding === 'utf8') await context.output.json({ key: text, ...jsonText(value), ...facts });
    else await context.output.json({ key: text, value: formatBytes(value, encoding), encoding, ...facts });
    return ExitCode.done;
  },
});
