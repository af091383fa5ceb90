import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../support/http-call.js';
import { memoryParts, TestNode } from '../support/test-node.js';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object };
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly responses: Readonly<Record<string, { description: string }>>;
}

let node: TestNode;
let document: Document;
beforeAll(async () => {
  node = await TestNode.start(memoryParts());
  document = (await call(node.url, 'GET', '/openapi.json')).json() as Document;
});
afterAll(() => node.stop());

const METHODS = ['get', 'head', 'put', 'post', 'delete'];
const operations = (): [path: string, method: string, operation: Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
  );

describe('/openapi.json', () => {
  it('is OpenAPI 3.1 in what the format requires', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document).toHaveProperty('info.title', 'CoreCache');
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, method, { parameters = [], responses }] of operations()) {
      expect(path).toMatch(/^\//);
      expect(METHODS).toContain(method);
      expect(Object.keys(responses).length).toBeGreaterThan(1);
      for (const name of path.matchAll(/\{(\w+)\}/g)) {
        expect(parameters).toContainEqual(expect.objectContaining({ name: name[1], in: 'path', required: true }));
      }
      for (const parameter of parameters) expect(parameter.schema).toBeTypeOf('object');
    }
    for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      expect(document.components.schemas).toHaveProperty(name!);
    }
  });

  it('names only calls that exist', async () => {
    for (const [path, method] of operations()) {
      const answer = await call(node.url, method.toUpperCase(), path.replace('{key}', 'x'));
      expect([path, method, answer.status]).not.toEqual([path, method, 405]);
      expect(answer.text).not.toContain('"NOT_FOUND"');
    }
  });

  it('names every call that exists: other methods of each path are 405', async () => {
    for (const path of Object.keys(document.paths)) {
      const known = Object.keys(document.paths[path]!);
      for (const method of METHODS) {
        // HEAD of a path with GET is GET without its body.
        if (known.includes(method) || (method === 'head' && known.includes('get'))) continue;
        const answer = await call(node.url, method.toUpperCase(), path.replace('{key}', 'x'));
        expect([path, method, answer.status]).toEqual([path, method, 405]);
      }
    }
  });

  it('names every call of the contract', () => {
    expect(Object.keys(document.paths).sort()).toEqual([
      '/add/',
      '/delete/',
      '/get/',
      '/health/live',
      '/health/ready',
      '/metrics',
      '/openapi.json',
      '/v1/admin/checkpoint',
      '/v1/admin/compact',
      '/v1/admin/flush',
      '/v1/batch',
      '/v1/cluster',
      '/v1/cluster/owner',
      '/v1/kv',
      '/v1/kv/{key}',
      '/v1/status',
    ]);
  });
});
