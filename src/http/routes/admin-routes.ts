import type { AdminAnswer, CheckpointAnswer } from '../../protocol/rest-bodies.js';
import type { Exchange } from '../exchange.js';
import { optionalText, parseJsonObject } from './json-body.js';
import { replyJson } from '../reply.js';
import { withBody } from '../request-body.js';
import type { Route } from '../route.js';

const DONE: AdminAnswer = { done: true };

async function flush(exchange: Exchange): Promise<void> {
  waitWithoutLimit(exchange);
  await exchange.services.maintenance.flush();
  replyJson(exchange, 200, DONE);
}

async function compact(exchange: Exchange): Promise<void> {
  waitWithoutLimit(exchange);
  await exchange.services.maintenance.compact();
  replyJson(exchange, 200, DONE);
}

async function checkpoint(exchange: Exchange): Promise<void> {
  waitWithoutLimit(exchange);
  const { services } = exchange;
  await withBody(exchange, services.settings.limits.requestBytesMax, 'REQUEST_TOO_LARGE', async (body) => {
    const fields = body.length === 0 ? {} : parseJsonObject(body, ['name']);
    const made: CheckpointAnswer = await services.maintenance.checkpoint(optionalText(fields, 'name', 'body'));
    replyJson(exchange, 200, made);
  });
}

/** The work may take long, and nothing is on the wire meanwhile: the time-out of idle connections does not apply. */
function waitWithoutLimit(exchange: Exchange): void {
  exchange.query([]);
  exchange.request.setTimeout(0);
}

export const adminRoutes: readonly Route[] = [
  {
    operation: 'flush',
    method: 'POST',
    path: '/v1/admin/flush',
    summary: 'Write the memtable of this node to a table',
    answers: { 200: 'Done' },
    byLeader: false,
    handle: flush,
  },
  {
    operation: 'compact',
    method: 'POST',
    path: '/v1/admin/compact',
    summary: 'Merge all tables of this node',
    answers: { 200: 'Done' },
    byLeader: false,
    handle: compact,
  },
  {
    operation: 'checkpoint',
    method: 'POST',
    path: '/v1/admin/checkpoint',
    summary: "Make a copy of this node's database, in the checkpoint folder of its data directory",
    body: {
      mediaType: 'application/json',
      schema: { type: 'object', properties: { name: { type: 'string' } } },
      isOptional: true,
    },
    answers: { 200: 'Name and folder of the copy' },
    byLeader: false,
    handle: checkpoint,
  },
];
