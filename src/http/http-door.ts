import { createServer, type Server } from 'node:http';
import type { FrontDoor, NodeServices, OpenDoor } from '../node/front-door.js';
import { Application } from './application.js';
import { BodyBudget } from './body-budget.js';
import type { DoorState } from './exchange.js';
import { listenInRange } from './listen-in-range.js';
import { answerBrokenRequest } from './broken-request.js';
import { SessionTokens } from './session-tokens.js';

/** How often Node looks for requests that arrive too slowly: often enough for the shortest time-out to mean something. */
const CHECKS_PER_TIMEOUT = 4;
const CHECK_INTERVAL_MS_MAX = 5000;

/** The REST interface of a node. */
export const httpDoor: FrontDoor = {
  async open(services: NodeServices): Promise<OpenDoor> {
    const { server: settings } = services.settings;
    const state: DoorState = {
      services,
      sessionTokens: new SessionTokens(services.store),
      bodyBudget: new BodyBudget(settings.bodyBytesInFlightMax),
      isClosing: false,
    };
    const application = new Application(state);
    const server = createServer(
      {
        headersTimeout: settings.headersTimeout,
        requestTimeout: settings.requestTimeout,
        keepAliveTimeout: settings.keepAliveTimeout,
        connectionsCheckingInterval: Math.min(settings.headersTimeout / CHECKS_PER_TIMEOUT, CHECK_INTERVAL_MS_MAX),
        noDelay: true,
      },
      application.listener(),
    );
    // Whoever reads a body says "go on" first; so a refused body is never sent.
    server.on('checkContinue', application.listener());
    server.on('clientError', answerBrokenRequest);
    server.maxConnections = settings.connectionsMax;
    server.timeout = settings.responseTimeout;
    const port = await listenInRange(server, settings.host, settings.port);
    server.on('error', (error) => {
      services.environment.logger.error('a connection could not be taken', { error });
    });
    return {
      port,
      close: async (graceMs) => {
        state.isClosing = true;
        await closeGracefully(server, graceMs, services);
        application.close();
      },
    };
  },
};

/** New connections are refused and idle ones end at once; one in use ends with its answer, or when the grace is over. */
async function closeGracefully(server: Server, graceMs: number, { environment }: NodeServices): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  const timer = environment.clock.setTimer(graceMs, () => {
    environment.logger.warn('requests were cut off: they took longer than the grace period', { graceMs });
    server.closeAllConnections();
  });
  await closed;
  timer.cancel();
}
