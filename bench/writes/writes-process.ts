import { answerParent } from '../engine/own-process.js';
import { runWrites, type WritesOptions } from './run-writes.js';

answerParent((options: WritesOptions) => runWrites(options, (line) => console.error(`  ${options.engine}, ${line}`)));
