import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.js';
import type { Awaitable } from '../base/awaitable.js';
import { CoreCacheError, isCoreCacheError, messageOf, type ErrorCode, type ErrorData } from '../base/errors.js';
import type { BackgroundThread, Reply, Transferable } from './background-thread.js';

/**
 * The only door to `node:worker_threads`.
 *
 *     const thread = startWorkerThread<MergeRequest, MergeResponse>({
 *       name: 'compaction', moduleUrl: import.meta.url, entry: './merge-worker.js', data: { directory } });
 *     const merged = await thread.request({ … });
 *
 * and at the end of `merge-worker.ts`:
 *
 *     serveRequests<MergeData, MergeRequest, MergeResponse>((data) => (request) => ({ response: … }));
 *
 * An idle thread does not keep the process alive; one with open requests does.
 */
export function startWorkerThread<Request, Response>(
  options: WorkerThreadOptions,
): BackgroundThread<Request, Response> {
  return new WorkerThread(options);
}

export interface WorkerThreadOptions {
  /** Shown by debuggers. */
  readonly name: string;
  /** `import.meta.url` of the caller. */
  readonly moduleUrl: string;
  /** The worker's module, relative to the caller, ending in `.js`. */
  readonly entry: string;
  /** Handed to the worker at its start: structured clone. */
  readonly data?: unknown;
  /** Most memory for its young objects; what Node.js thinks fit when absent, which grows to tens of MiB. */
  readonly youngGenerationMiBMax?: number;
  /**
   * Most memory for its other objects: with more the thread ends. The lower it is, the sooner V8 collects those, and with
   * them the buffers that they stand for, which do not count here; at its own bound of some GiB it waits for a heap several
   * times as large.
   */
  readonly oldGenerationMiBMax?: number;
}

/** Called once in the new thread with the start data; returns what answers each request. */
export type StartServing<Data, Request, Response> = (data: Data) => (request: Request) => Awaitable<Reply<Response>>;

/**
 * Answers the requests of the thread that started this one, with what `start` makes of the start data.
 */
export function serveRequests<Data, Request, Response>(start: StartServing<Data, Request, Response>): void {
  assert(!isMainThread && parentPort !== null, 'requests are served in a worker thread');
  const port = parentPort;
  const answer = start(workerData as Data);
  const serve = async ({ id, request }: RequestMessage<Request>): Promise<void> => {
    try {
      const { response, transfer } = await answer(request);
      port.postMessage({ id, response } satisfies ResponseMessage<Response>, [...(transfer ?? [])]);
    } catch (error) {
      port.postMessage({ id, error: packError(error) } satisfies ResponseMessage<Response>);
    }
  };
  port.on('message', (message: RequestMessage<Request>) => void serve(message));
}

/**
 * The compiled file of a module: the file itself in an installed package, and its twin in `dist/` when the sources run as
 * they are (tests).
 */
export function compiledModule(moduleUrl: string, entry: string): URL {
  const compiled = new URL(entry, moduleUrl);
  if (!moduleUrl.endsWith('.ts')) return compiled;
  const sources = new URL('../', import.meta.url);
  assert(compiled.href.startsWith(sources.href), `${compiled.href} is outside ${sources.href}`);
  return new URL(`../dist/${compiled.href.slice(sources.href.length)}`, sources);
}

interface RequestMessage<Request> {
  readonly id: number;
  readonly request: Request;
}
type ResponseMessage<Response> =
  | { readonly id: number; readonly response: Response; readonly error?: undefined }
  | { readonly id: number; readonly error: PackedError };

interface PackedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly data: ErrorData;
  readonly stack: string | undefined;
}

interface OpenRequest<Response> {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: CoreCacheError) => void;
}

class WorkerThread<Request, Response> implements BackgroundThread<Request, Response> {
  readonly #worker: Worker;
  readonly #open = new Map<number, OpenRequest<Response>>();
  #lastId = 0;
  #ended: CoreCacheError | undefined = undefined;

  constructor({ name, moduleUrl, entry, data, youngGenerationMiBMax, oldGenerationMiBMax }: WorkerThreadOptions) {
    // Without the flags of this process: a test runner's loaders are not for compiled code.
    this.#worker = new Worker(fileURLToPath(compiledModule(moduleUrl, entry)), {
      name,
      workerData: data,
      execArgv: [],
      resourceLimits: {
        ...(youngGenerationMiBMax !== undefined && { maxYoungGenerationSizeMb: youngGenerationMiBMax }),
        ...(oldGenerationMiBMax !== undefined && { maxOldGenerationSizeMb: oldGenerationMiBMax }),
      },
    });
    this.#worker.unref();
    this.#worker.on('message', (message: ResponseMessage<Response>) => this.#settle(message));
    this.#worker.on('messageerror', (error) => this.#end(`thread ${name} sent what cannot be read`, error));
    this.#worker.on('error', (error) => this.#end(`thread ${name} failed: ${messageOf(error)}`, error));
    this.#worker.on('exit', (code) => this.#end(`thread ${name} ended with exit code ${code}`));
  }

  request(request: Request, transfer: readonly Transferable[] = []): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      const id = ++this.#lastId;
      this.#worker.postMessage({ id, request } satisfies RequestMessage<Request>, [...transfer]);
      if (this.#open.size === 0) this.#worker.ref();
      this.#open.set(id, { resolve, reject });
    });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
    this.#end('the thread was terminated');
  }

  #settle(message: ResponseMessage<Response>): void {
    const open = this.#open.get(message.id);
    if (open === undefined) return;
    this.#open.delete(message.id);
    if (this.#open.size === 0) this.#worker.unref();
    if (message.error === undefined) open.resolve(message.response);
    else open.reject(unpackError(message.error));
  }

  #end(reason: string, cause?: unknown): void {
    this.#ended ??= new CoreCacheError('INTERNAL', reason, { cause });
    for (const { reject } of this.#open.values()) reject(this.#ended);
    this.#open.clear();
  }
}

function packError(error: unknown): PackedError {
  const stack = error instanceof Error ? error.stack : undefined;
  return isCoreCacheError(error)
    ? { code: error.code, message: error.message, data: error.data, stack }
    : { code: 'INTERNAL', message: messageOf(error), data: {}, stack };
}

function unpackError({ code, message, data, stack }: PackedError): CoreCacheError {
  const error = new CoreCacheError(code, message, { data });
  if (stack !== undefined) error.stack = stack;
  return error;
}
