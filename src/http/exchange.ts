import type { IncomingMessage, ServerResponse } from 'node:http';
import { assert } from '../base/assert.js';
import { CoreCacheError } from '../base/errors.js';
import type { NodeServices } from '../node/front-door.js';
import type { LeaderTerm } from '../node/leader-gate.js';
import type { BodyBudget } from './body-budget.js';
import { QueryParameters } from './routes/query-parameters.js';
import type { SessionTokens } from './session-tokens.js';

/** What all requests share. */
export interface DoorState {
  readonly services: NodeServices;
  readonly sessionTokens: SessionTokens;
  readonly bodyBudget: BodyBudget;
  /** Set when the node stops: connections end with the answer in work. */
  isClosing: boolean;
}

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The path as it was sent, still percent-encoded. */
  readonly path: string;
  readonly state: DoorState;
  readonly #query: string;
  #term: LeaderTerm | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, path: string, query: string, state: DoorState) {
    this.request = request;
    this.response = response;
    this.path = path;
    this.#query = query;
    this.state = state;
  }

  get services(): NodeServices {
    return this.state.services;
  }

  /** The term in which this node led when the request arrived; only on routes that the leader answers. */
  get term(): LeaderTerm {
    assert(this.#term !== undefined, 'a route that needs the leader was routed to it');
    return this.#term;
  }

  set term(term: LeaderTerm) {
    this.#term = term;
  }

  /** @throws CoreCacheError `INVALID_ARGUMENT` for a parameter that is not among `allowed`, or is given twice */
  query(allowed: readonly string[]): QueryParameters {
    return new QueryParameters(this.#query, allowed);
  }

  /** A header that may be given once. @throws CoreCacheError `INVALID_ARGUMENT` */
  header(name: string): string | undefined {
    const value = this.request.headers[name];
    if (Array.isArray(value)) throw new CoreCacheError('INVALID_ARGUMENT', `header ${name} is given more than once`);
    return value;
  }
}
