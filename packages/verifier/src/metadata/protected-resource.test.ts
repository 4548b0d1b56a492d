import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import {
  allowInsecureRequests,
  customFetch,
  processResourceDiscoveryResponse,
  resourceDiscoveryRequest,
  WWWAuthenticateChallengeError,
  protectedResourceRequest,
} from 'oauth4webapi';
import { describe, expect, test } from 'vitest';
import { listen } from '../../test/support/server.ts';
import { AUDIENCE, ISSUER } from '../../test/support/issuer.ts';
import * as fastifyAdapter from '../adapters/fastify.ts';
import * as fetchAdapter from '../adapters/fetch.ts';
import * as honoAdapter from '../adapters/hono.ts';
import * as nodeAdapter from '../adapters/node.ts';
import { createVerifier } from '../index.ts';
import { protectedResource, type ResourceDescription } from './protected-resource.ts';

const OPTIONS = { issuer: ISSUER, audience: AUDIENCE };
const VERIFIER = createVerifier({ ...OPTIONS, revocation: 'none' });

describe('the metadata of a resource server (RFC 9728 §2)', () => {
  test('says what the verifier knows', () => {
    expect(protectedResource(OPTIONS).metadata).toEqual({
      resource: AUDIENCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
    });
  });

  test('and what it is told', () => {
    const description: ResourceDescription = {
      resource: 'https://other.example/v1',
      authorizationServers: [ISSUER, 'https://second.example'],
      scopes: ['notes:read'],
      name: 'Notes',
      documentation: 'https://other.example/docs',
    };
    expect(
      protectedResource({ ...OPTIONS, audience: ['a', 'b'], dpop: { required: true } }, description).metadata,
    ).toEqual({
      resource: 'https://other.example/v1',
      authorization_servers: [ISSUER, 'https://second.example'],
      bearer_methods_supported: ['header'],
      scopes_supported: ['notes:read'],
      resource_name: 'Notes',
      resource_documentation: 'https://other.example/docs',
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']) as string[],
      dpop_bound_access_tokens_required: true,
    });
    expect(protectedResource(OPTIONS, { isDpopOffered: true }).metadata).not.toHaveProperty(
      'dpop_bound_access_tokens_required',
    );
  });

  test.each([
    ['https://api.example', 'https://api.example/.well-known/oauth-protected-resource'],
    ['https://api.example/', 'https://api.example/.well-known/oauth-protected-resource'],
    ['https://api.example:8443', 'https://api.example:8443/.well-known/oauth-protected-resource'],
    ['https://api.example/v1', 'https://api.example/.well-known/oauth-protected-resource/v1'],
    ['https://api.example/v1/', 'https://api.example/.well-known/oauth-protected-resource/v1/'],
    ['https://api.example/v1?a=b', 'https://api.example/.well-known/oauth-protected-resource/v1?a=b'],
    ['https://api.example?a=b', 'https://api.example/.well-known/oauth-protected-resource?a=b'],
    ['http://localhost:4401', 'http://localhost:4401/.well-known/oauth-protected-resource'],
  ])('§3.1 of %s is at %s', (resource, url) => {
    expect(protectedResource({ ...OPTIONS, audience: resource }).metadataUrl).toBe(url);
  });

  test.each([
    ['a fragment', { audience: 'https://api.example#' }],
    ['http', { audience: 'http://api.example' }],
    ['what is no URL', { audience: 'notes' }],
    ['a password', { audience: 'https://a:b@api.example' }],
    ['one of several', { audience: ['https://a.example', 'https://b.example'] }],
  ])('§1.2 is not made of %s', (_name, options) => {
    expect(() => protectedResource({ ...OPTIONS, ...options })).toThrow(TypeError);
  });

  test('is not made without an authorization server', () => {
    expect(() => protectedResource(OPTIONS, { authorizationServers: [] })).toThrow(TypeError);
  });
});

/** Each server as it would be built: with the metadata, and a route that needs a token. */
const SERVERS: Readonly<Record<string, (origin: () => string) => Parameters<typeof listen>[0]>> = {
  'node:http': (origin) => (request, response) => {
    const resource = resourceAt(origin());
    const guarded = nodeAdapter.withToken(VERIFIER, () => {}, { resource });
    if (request.url === resource.metadataPath) nodeAdapter.resourceMetadata(resource)(request, response);
    else guarded(request, response);
  },
  express: (origin) => (request, response) => {
    const resource = resourceAt(origin());
    const app = express();
    app.get(resource.metadataPath, nodeAdapter.resourceMetadata(resource));
    app.use(nodeAdapter.requireToken(VERIFIER, { resource }));
    app(request, response);
  },
  fastify: (origin) => (request, response) => {
    const resource = resourceAt(origin());
    const app = fastify();
    app.get(resource.metadataPath, fastifyAdapter.resourceMetadata(resource));
    app.get('/v1', { preHandler: fastifyAdapter.requireToken(VERIFIER, { resource }) }, () => 'in');
    void app.ready().then(() => app.routing(request, response));
  },
};

const resourceAt = (origin: string) => protectedResource({ ...OPTIONS, audience: `${origin}/v1` }, { scopes: ['a'] });
// oxlint-disable-next-line typescript/no-deprecated -- only to stand out: the servers are on this machine, without TLS
const insecure = { [allowInsecureRequests]: true };

/** As a client finds its way: it is refused, reads where the metadata is, and whom to ask. */
async function discover(origin: string, fetch: (request: Request) => Promise<Response>): Promise<unknown> {
  const url = new URL(`${origin}/v1`);
  const customized = {
    ...insecure,
    [customFetch]: (target: string, init: object) => fetch(new Request(target, init)),
  };
  const refused: unknown = await protectedResourceRequest(
    'no.good.token',
    'GET',
    url,
    undefined,
    undefined,
    customized,
  ).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(refused instanceof WWWAuthenticateChallengeError)) throw refused;
  const pointed = refused.cause[0]?.parameters['resource_metadata'];
  expect(pointed).toBe(`${origin}/.well-known/oauth-protected-resource/v1`);
  const metadata = await processResourceDiscoveryResponse(url, await resourceDiscoveryRequest(url, customized));
  const direct = await fetch(new Request(pointed ?? ''));
  expect(direct.headers.get('access-control-allow-origin')).toBe('*');
  expect(direct.headers.get('cache-control')).toBe('public, max-age=3600');
  return metadata;
}

describe('a client that nobody here wrote finds the authorization server (RFC 9728 §3.2, §5.1)', () => {
  test.each(Object.entries(SERVERS))('behind %s', async (_name, serve) => {
    let origin = '';
    await using server = await listen((request, response) => serve(() => origin)(request, response));
    ({ origin } = server);
    const metadata = await discover(origin, (request) => fetch(request));
    expect(metadata).toMatchObject({
      resource: `${origin}/v1`,
      authorization_servers: [ISSUER],
      scopes_supported: ['a'],
    });
  });

  const ORIGIN = 'https://notes.example';
  const resource = resourceAt(ORIGIN);

  test('behind Hono', async () => {
    const app = new Hono<{ Variables: honoAdapter.TokenVariables }>();
    app.get(resource.metadataPath, honoAdapter.resourceMetadata(resource));
    app.use(honoAdapter.requireToken(VERIFIER, { resource }));
    expect(await discover(ORIGIN, async (request) => app.fetch(request))).toMatchObject(resource.metadata);
  });

  test('behind a Fetch handler', async () => {
    const metadata = fetchAdapter.resourceMetadata(resource);
    const guarded = fetchAdapter.withToken(VERIFIER, () => new Response('in'), { resource });
    const answer = async (request: Request) =>
      new URL(request.url).pathname === resource.metadataPath ? metadata(request) : guarded(request);
    expect(await discover(ORIGIN, answer)).toMatchObject(resource.metadata);
    expect(metadata(new Request(ORIGIN, { method: 'POST' })).status).toBe(405);
    const head = metadata(new Request(ORIGIN, { method: 'HEAD' }));
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('but not one that says it is another (§3.3)', async () => {
    const answer = fetchAdapter.resourceMetadata(resource)(new Request(ORIGIN));
    await expect(processResourceDiscoveryResponse(new URL('https://evil.example/v1'), answer)).rejects.toThrow();
  });
});

test('nobody is pointed anywhere unless it is set', async () => {
  const answer = await fetchAdapter.withToken(VERIFIER, () => new Response('in'))(new Request('https://notes.example'));
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="api"');
});
