import type { ScannedEntry } from '../../client/client-types.js';
import { encodingFlag, formatBytes, toByteEncoding, type ByteEncoding } from '../byte-text.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-codes.js';
import { formatJsonLine } from '../formats/json-lines.js';
import { escapeField } from '../formats/tab-separated.js';
import { rangeFlags, toRange } from '../range-flags.js';
import { targetFlags, withTarget } from '../target/open-target.js';

const TAB = Buffer.from('\t');
const LINE_FEED = Buffer.from('\n');

export const scanCommand = defineCommand({
  usage: 'scan',
  description: 'List keys and values in key order, a line each, key and value with a tab between them',
  positionals: {},
  flags: {
    ...targetFlags,
    ...encodingFlag,
    ...rangeFlags,
    reverse: { type: 'boolean', default: false, describe: 'Last key first' },
    keysOnly: { type: 'boolean', default: false, describe: 'Keys without values' },
  },
  examples: [
    ['$0 scan --prefix user: --limit 10', 'The first ten keys of a kind'],
    ['$0 scan --json', 'A JSON object a line'],
  ],
  async run({ json, reverse, keysOnly, ...given }, context) {
    const encoding = toByteEncoding(given.encoding);
    const range = { ...toRange(given, encoding), reverse, keysOnly };
    await withTarget(given, context, async (target) => {
      for await (const entry of target.scan(range)) {
        await context.output.write(json ? formatJsonLine(entry, { keysOnly }) : plainLine(entry, encoding, keysOnly));
        if (context.output.isClosed || context.interrupted.aborted) break;
      }
    });
    return context.interrupted.aborted ? ExitCode.interrupted : ExitCode.done;
  },
});

function plainLine({ key, value }: ScannedEntry, encoding: ByteEncoding, keysOnly: boolean): Uint8Array {
  const show = (bytes: Uint8Array): Uint8Array =>
    encoding === 'utf8' ? escapeField(bytes) : Buffer.from(formatBytes(bytes, encoding));
  return Buffer.concat(keysOnly ? [show(key), LINE_FEED] : [show(key), TAB, show(value), LINE_FEED]);
}
