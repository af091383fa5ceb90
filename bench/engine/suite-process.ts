import { runSuite, type SuiteOptions } from './run-suite.js';

// One engine, one process: the parent sends the options, this answers with the result.
process.once('message', (options: SuiteOptions) => {
  runSuite(options).then(
    (result) => process.send?.({ result }, () => process.exit(0)),
    (error: unknown) =>
      process.send?.({ failure: String(error instanceof Error ? error.stack : error) }, () => process.exit(1)),
  );
});
