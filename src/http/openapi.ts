import { PRODUCT_VERSION } from '../base/product-version.js';
import type { Exchange } from './exchange.js';
import { replyJson } from './reply.js';
import type { ParameterNote, Route } from './route.js';

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'retryable'],
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        retryable: { type: 'boolean' },
        data: { type: 'object' },
      },
    },
  },
};
const originalErrorSchema = { type: 'object', required: ['detail'], properties: { detail: { type: 'string' } } };

/** The REST interface as an OpenAPI 3.1 document, made from the routes themselves. */
export function openApiDocument(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'CoreCache', version: PRODUCT_VERSION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: { schemas: { Error: errorSchema, OriginalError: originalErrorSchema } },
  };
}

/** The route that shows the document of all routes, itself included. */
export function openApiRoute(others: readonly Route[]): Route {
  let document: object | undefined;
  const route: Route = {
    operation: 'openapi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    answers: { 200: 'OpenAPI 3.1' },
    byLeader: false,
    handle: (exchange: Exchange) => {
      document ??= openApiDocument([...others, route]);
      replyJson(exchange, 200, document);
    },
  };
  return route;
}

function operationOf(route: Route): object {
  const errorName = route.isOriginal === true ? 'OriginalError' : 'Error';
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${errorName}` } } };
  const answers = Object.entries(route.answers).map(([status, description]) => [status, { description }] as const);
  return {
    operationId: route.operation,
    summary: route.summary,
    ...(route.parameters === undefined ? undefined : { parameters: route.parameters.map(parameterOf) }),
    ...(route.body === undefined
      ? undefined
      : {
          requestBody: {
            required: route.body.isOptional !== true,
            content: { [route.body.mediaType]: { schema: route.body.schema } },
          },
        }),
    responses: { ...Object.fromEntries<object>(answers), default: { description: 'An error', content } },
  };
}

function parameterOf({ schema, ...note }: ParameterNote): object {
  return { ...note, required: note.in === 'path', schema: schema ?? { type: 'string' } };
}
