import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-codes.js';
import { plainLines } from '../plain-lines.js';
import { targetFlags, withTarget } from '../target/open-target.js';

export const statusCommand = defineCommand({
  usage: 'status',
  description: 'Show what a node, or a data directory, says of itself',
  positionals: {},
  flags: { ...targetFlags },
  async run({ json, ...given }, context) {
    const status = await withTarget(given, context, (target) => target.status());
    if (json) await context.output.json(status);
    else for (const line of plainLines(status)) await context.output.line(line);
    return ExitCode.done;
  },
});
