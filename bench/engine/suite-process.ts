import { answerParent } from './own-process.js';
import { runSuite } from './run-suite.js';

answerParent(runSuite);
