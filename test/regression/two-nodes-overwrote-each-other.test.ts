import { expect, it } from 'vitest';
import { call } from '../support/http-call.js';
import { startNode, TestNode } from '../support/test-node.js';

const FLAGS = { compactionBackground: 'inline' };

/**
 * Found in the system this one began from: files were named by the second in which they were written, in one folder for
 * all nodes of a host, so that two nodes flushing in the same second overwrote each other's data.
 */
it('a second node on the same data directory is refused, and the first is not harmed', async () => {
  const first = await TestNode.start({}, FLAGS);
  await call(first.url, 'PUT', '/v1/kv/a', { body: '1' });
  await expect(startNode(first.directory, {}, FLAGS)).rejects.toMatchObject({ code: 'LOCKED' });
  expect((await call(first.url, 'PUT', '/v1/kv/b', { body: '2' })).status).toBe(201);
  expect((await call(first.url, 'GET', '/v1/kv/a')).text).toBe('1');
  await first.stop();
});

it('two nodes with folders of their own flush at the same moment and keep their own data', async () => {
  const nodes = await Promise.all([TestNode.start({}, FLAGS), TestNode.start({}, FLAGS)]);
  await Promise.all(nodes.map(({ url }, i) => call(url, 'PUT', '/v1/kv/key', { body: `of node ${i}` })));
  await Promise.all(nodes.map(({ url }) => call(url, 'POST', '/v1/admin/flush')));
  for (const [i, { url }] of nodes.entries()) {
    expect((await call(url, 'GET', '/v1/kv/key')).text).toBe(`of node ${i}`);
  }
  await Promise.all(nodes.map((node) => node.stop()));
});
