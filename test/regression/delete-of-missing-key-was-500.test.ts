import { expect, it } from 'vitest';
import { call } from '../support/http-call.js';
import { TestNode } from '../support/test-node.js';

/**
 * Found in the system this one began from: deleting a key that was never written reached for the record that was not
 * there, and the client was told that the server had failed.
 */
it.each([
  ['DELETE', '/v1/kv/never-written'],
  ['POST', '/delete/?key=never-written'],
])('a missing key on delete is 404: %s %s', async (method, path) => {
  const node = await TestNode.start({}, { compactionBackground: 'inline' });
  expect((await call(node.url, method, path)).status).toBe(404);
  await node.stop();
});
