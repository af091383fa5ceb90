import type { OwnerBody } from '../../protocol/rest-bodies.js';
import { utf8TextOf } from '../../protocol/text-encoding.js';
import { CoreCacheError } from '../../base/errors.js';
import type { Exchange } from '../exchange.js';
import { keyInQuery } from './key-of.js';
import { replyJson } from '../reply.js';
import type { Route } from '../route.js';

/** The whole key space is one partition until there are several. */
const ONLY_PARTITION = 0;

function status(exchange: Exchange): void {
  exchange.query([]);
  replyJson(exchange, 200, exchange.services.status());
}

function cluster(exchange: Exchange): void {
  exchange.query([]);
  replyJson(exchange, 200, exchange.services.cluster());
}

function owner(exchange: Exchange): void {
  const key = utf8TextOf(keyInQuery(exchange));
  if (key === undefined) throw new CoreCacheError('INVALID_ARGUMENT', 'key: not UTF-8');
  const body: OwnerBody = { key, partition: ONLY_PARTITION, leader: exchange.services.gate.leader ?? null };
  replyJson(exchange, 200, body);
}

function live(exchange: Exchange): void {
  replyJson(exchange, 200, { status: 'ok' });
}

function ready(exchange: Exchange): void {
  const health = exchange.services.health();
  if (health.status === 'ok') replyJson(exchange, 200, health);
  else replyJson(exchange, 503, health, ['Retry-After', '1']);
}

export const nodeRoutes: readonly Route[] = [
  {
    operation: 'status',
    method: 'GET',
    path: '/v1/status',
    summary: 'This node: its role, its epoch, its engine',
    answers: { 200: 'Status of the node that was asked' },
    byLeader: false,
    handle: status,
  },
  {
    operation: 'cluster',
    method: 'GET',
    path: '/v1/cluster',
    summary: 'The cluster as this node sees it',
    answers: { 200: 'Leader and nodes' },
    byLeader: false,
    handle: cluster,
  },
  {
    operation: 'owner',
    method: 'GET',
    path: '/v1/cluster/owner',
    summary: 'Which partition a key is in, and who leads it',
    parameters: [{ name: 'key', in: 'query', description: 'The key' }],
    answers: { 200: 'Partition and leader' },
    byLeader: false,
    handle: owner,
  },
  {
    operation: 'live',
    method: 'GET',
    path: '/health/live',
    summary: 'Whether the process answers at all',
    answers: { 200: 'It does' },
    byLeader: false,
    handle: live,
  },
  {
    operation: 'ready',
    method: 'GET',
    path: '/health/ready',
    summary: 'Whether this node can serve requests or forward them',
    answers: { 200: 'It can', 503: 'It cannot; the body says why' },
    byLeader: false,
    handle: ready,
  },
];
