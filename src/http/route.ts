import type { Exchange } from './exchange.js';

/** What the OpenAPI document says about a parameter. */
export interface ParameterNote {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema?: object;
}

/** One call of the REST interface: how it is reached, what it does, and what is written about it. */
export interface Route {
  /** Name in metrics and in the OpenAPI document. */
  readonly operation: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** As OpenAPI writes it: `/v1/kv/{key}`. */
  readonly path: string;
  readonly summary: string;
  readonly parameters?: readonly ParameterNote[];
  /** Media type of the request's body; absent when it has none. */
  readonly body?: { readonly mediaType: string; readonly schema: object; readonly isOptional?: true };
  /** What success looks like, by status. */
  readonly answers: Readonly<Record<number, string>>;
  /** Only the leader answers; another node forwards. */
  readonly byLeader: boolean;
  /** Errors have the form of the original calls. */
  readonly isOriginal?: true;
  /** Answers, or throws what is to be answered as an error. */
  handle(exchange: Exchange): Promise<void> | void;
}
