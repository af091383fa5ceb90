import type { RegisteredCommand } from './command.js';
import { deleteCommand } from './commands/delete.js';
import { dumpCommand } from './commands/dump.js';
import { getCommand } from './commands/get.js';
import { inspectCommand } from './commands/inspect.js';
import { loadCommand } from './commands/load.js';
import { putCommand } from './commands/put.js';
import { repairCommand } from './commands/repair.js';
import { scanCommand } from './commands/scan.js';
import { serveCommand } from './commands/serve.js';
import { statusCommand } from './commands/status.js';
import { verifyCommand } from './commands/verify.js';

/** In the order of the help. */
export const commands: readonly RegisteredCommand[] = [
  serveCommand,
  getCommand,
  putCommand,
  deleteCommand,
  scanCommand,
  loadCommand,
  dumpCommand,
  statusCommand,
  verifyCommand,
  repairCommand,
  inspectCommand,
];
