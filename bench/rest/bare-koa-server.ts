import { createServer } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';

/**
 * The yardstick of the REST figures: koa and its router with a handler that stores the body in a Map: what the same
 * framework does when there is no database behind it. Tells its parent the port it listens on.
 */
const stored = new Map<string, Buffer>();
const router = new Router();

router.put('/v1/kv/:key', async (context) => {
  const parts: Buffer[] = [];
  for await (const part of context.req) parts.push(part as Buffer);
  stored.set(context.params['key']!, Buffer.concat(parts));
  context.status = 204;
});
router.get('/v1/kv/:key', (context) => {
  const value = stored.get(context.params['key']!);
  if (value === undefined) return;
  context.type = 'application/octet-stream';
  context.body = value;
});

const koa = new Koa();
koa.use(router.routes());
const answer = koa.callback();
const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.send?.({ url: `http://127.0.0.1:${address.port}` });
});
process.once('disconnect', () => process.exit(0));
