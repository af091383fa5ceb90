import { fork } from 'node:child_process';

interface Answer<Result> {
  readonly result?: Result;
  readonly failure?: string;
}

/**
 * Runs a script that ends in `answerParent` in a fresh process, which has loaded nothing else.
 * @throws Error when the script fails, or ends without an answer
 */
export function runInProcess<Result>(script: URL, options: { readonly engine: string }): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(script);
    child.once('message', (answer: Answer<Result>) => {
      if (answer.result !== undefined) resolve(answer.result);
      else reject(new Error(`${options.engine}: ${answer.failure ?? 'no answer'}`));
    });
    child.once('exit', (code) =>
      reject(new Error(`${options.engine}: ended with ${code ?? 'a signal'} before it answered`)),
    );
    child.send(options);
  });
}

/**
 * The other side: takes the options that the parent sends, answers with the result, and ends this process. It ends as well
 * when the parent has gone: nobody is to wait for hours for what nobody will read.
 */
export function answerParent(run: (options: never) => Promise<unknown>): void {
  process.once('disconnect', () => process.exit(1));
  process.once('message', (options) => {
    run(options as never).then(
      (result) => process.send?.({ result }, () => process.exit(0)),
      (error: unknown) =>
        process.send?.({ failure: String(error instanceof Error ? error.stack : error) }, () => process.exit(1)),
    );
  });
}
