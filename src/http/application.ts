import type { RequestListener } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';
import { AssertionError } from '../base/assert.js';
import { CoreCacheError, isCoreCacheError, messageOf } from '../base/errors.js';
import { FORWARDED_BY_HEADER, NO_FORWARD_HEADER } from '../protocol/header-names.js';
import { adminRoutes } from './routes/admin-routes.js';
import { batchRoutes } from './routes/batch-routes.js';
import { Exchange, type DoorState } from './exchange.js';
import { KEY_PATH } from './routes/key-of.js';
import { keyRoutes } from './routes/key-routes.js';
import { Metrics, type OperationMetrics } from './metrics.js';
import { nodeRoutes } from './routes/node-routes.js';
import { openApiRoute } from './openapi.js';
import { originalRoutes } from './routes/original-routes.js';
import { errorHead, replyError, replyWhole } from './reply.js';
import { refuseOtherOrigins } from './origin.js';
import type { Route } from './route.js';
import { scanRoutes } from './routes/scan-routes.js';

const MILLISECONDS = 1000;

/**
 * The routes on a koa application. Answers are written to Node's response by the handlers themselves (`respond = false`),
 * which leaves koa's own work per request small; every error ends here, in the one shape.
 */
export class Application {
  readonly #state: DoorState;
  readonly #metrics: Metrics;
  readonly #routes: readonly Route[];
  readonly #koa = new Koa();
  #requestsInFlight = 0;

  constructor(state: DoorState) {
    this.#state = state;
    this.#metrics = new Metrics(state, () => this.#requestsInFlight);
    const routes = [...keyRoutes, ...scanRoutes, ...batchRoutes, ...nodeRoutes, ...adminRoutes, ...originalRoutes];
    routes.push(this.#metrics.route);
    routes.push(openApiRoute(routes));
    this.#routes = routes;
    const router = new Router();
    for (const route of routes) {
      router.register(patternOf(route.path), [route.method], this.#middlewareOf(route), { pathAsRegExp: true });
    }
    this.#koa.use(router.routes()).use((ctx) => {
      this.#refuseUnknown(ctx, router);
    });
    this.#koa.silent = true;
    this.#koa.on('error', (error: unknown) => {
      this.#state.services.environment.logger.error('a request failed outside its handler', { error });
    });
  }

  get routes(): readonly Route[] {
    return this.#routes;
  }

  get requestsInFlight(): number {
    return this.#requestsInFlight;
  }

  /** For requests of a server; koa ends every one of them, also those that fail. */
  listener(): RequestListener {
    const handle = this.#koa.callback();
    return (request, response) => {
      const { url = '' } = request;
      if (url.startsWith('/') || url === '*' || URL.canParse(url)) {
        void handle(request, response);
        return;
      }
      const exchange = new Exchange(request, response, '', '', this.#state);
      replyError(exchange, new CoreCacheError('INVALID_ARGUMENT', 'the target of the request is not a path'));
    };
  }

  close(): void {
    this.#metrics.stop();
  }

  #middlewareOf(route: Route): Koa.Middleware {
    const metrics = this.#metrics.forOperation(route.operation);
    return async (ctx) => {
      ctx.respond = false;
      const exchange = new Exchange(ctx.req, ctx.res, ctx.path, ctx.querystring, this.#state);
      await this.#run(route, exchange, metrics);
    };
  }

  async #run(route: Route, exchange: Exchange, metrics: OperationMetrics): Promise<void> {
    const { clock } = this.#state.services.environment;
    const begin = clock.monotonic();
    this.#requestsInFlight++;
    try {
      refuseOtherOrigins(exchange.request);
      if (!route.byLeader || (await this.#isForUs(exchange))) await route.handle(exchange);
    } catch (error) {
      this.#fail(route, exchange, error);
    } finally {
      this.#requestsInFlight--;
      metrics.observe((clock.monotonic() - begin) / MILLISECONDS, exchange.response.statusCode);
    }
  }

  /** True when this node leads, in the term that the exchange then has; otherwise the request has been forwarded. */
  async #isForUs(exchange: Exchange): Promise<boolean> {
    const { gate, forwarder, settings } = this.#state.services;
    if (this.#state.isClosing) throw new CoreCacheError('SHUTTING_DOWN', 'this node is stopping');
    const { requestsInFlightMax } = settings.server;
    if (this.#requestsInFlight > requestsInFlightMax) {
      throw new CoreCacheError('SLOW_DOWN', `${requestsInFlightMax} requests are being answered already; try again`);
    }
    const { headers } = exchange.request;
    const route = gate.route({
      noForward: headers[NO_FORWARD_HEADER] === '1',
      isForwarded: headers[FORWARDED_BY_HEADER] !== undefined,
    });
    if (route.kind === 'here') {
      exchange.term = route.term;
      return true;
    }
    if (headers.expect !== undefined) exchange.response.writeContinue();
    await forwarder.forward(exchange.request, exchange.response, route.leader.url);
    return false;
  }

  #fail(route: Route, exchange: Exchange, error: unknown): void {
    if (error instanceof AssertionError) {
      // A broken promise of our own code: nothing that this process says can be relied on any more.
      queueMicrotask(() => {
        throw error;
      });
      exchange.response.destroy();
      return;
    }
    const { status, headers } = errorHead(error);
    const { logger } = this.#state.services.environment;
    if (!isCoreCacheError(error) || status === 500)
      logger.error('a request failed', { operation: route.operation, error });
    if (exchange.response.headersSent) {
      exchange.response.destroy();
    } else if (route.isOriginal === true) {
      const isOurs = isCoreCacheError(error);
      replyWhole(exchange, status, headers, { detail: isOurs ? messageOf(error) : 'internal error' });
    } else {
      replyError(exchange, error);
    }
  }

  /** A path without a route is 404; a path with routes of other methods is 405. */
  #refuseUnknown(ctx: Koa.Context, router: Router): void {
    ctx.respond = false;
    const exchange = new Exchange(ctx.req, ctx.res, ctx.path, ctx.querystring, this.#state);
    const methods = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
    const allow = [...new Set(methods)].join(', ');
    if (allow !== '') {
      const message = `${ctx.method} is not allowed here; allowed: ${allow}`;
      replyError(exchange, new CoreCacheError('METHOD_NOT_ALLOWED', message, { data: { allow } }));
      return;
    }
    const hint = ctx.path.startsWith(KEY_PATH) ? '; a / in a key is written %2F' : '';
    replyError(exchange, new CoreCacheError('NOT_FOUND', `there is nothing at ${ctx.path}${hint}`));
  }
}

/**
 * The path as a pattern. A parameter is one segment, which the router must leave encoded: `%2F` in a key is a byte of it.
 * A slash at the end, which the original calls have, may be left out.
 */
function patternOf(path: string): RegExp {
  const literal = path.replaceAll('.', '\\.');
  return new RegExp(`^${literal.replace(/\{\w+\}/, '[^/]*').replace(/\/$/, '/?')}$`);
}
