import type { MessagePort } from 'node:worker_threads';

/** A buffer or port that moves to the other thread instead of being copied. */
export type Transferable = ArrayBuffer | MessagePort;

/**
 * A thread beside the event loop that answers requests. Requests may overlap; each is answered on its own. Values are
 * copied by structured cloning; a `SharedArrayBuffer` is shared.
 */
export interface BackgroundThread<Request, Response> {
  /**
   * The answer; what the other side threw, when it was a `CoreCacheError`; otherwise `INTERNAL`, also for every request that
   * was open when the thread ended, and every one after that.
   */
  request(request: Request, transfer?: readonly Transferable[]): Promise<Response>;
  /** Ends the thread, in the middle of a request too, which is then rejected. */
  terminate(): Promise<void>;
}

export interface Reply<Response> {
  readonly response: Response;
  /** Buffers in `response` that move instead of being copied. */
  readonly transfer?: readonly Transferable[];
}
