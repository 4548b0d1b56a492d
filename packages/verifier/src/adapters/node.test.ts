import type { RequestListener } from 'node:http';
import express from 'express';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeKey, signToken, TestIssuer, type TestKey } from '../../test/support/issuer.ts';
import { listen, sendRaw } from '../../test/support/server.ts';
import { requireScope, VerifierError, type Verifier } from '../index.ts';
import { requireToken, sendRefusal, tokenOf, withToken } from './node.ts';

let key: TestKey;
let verifier: Verifier;
let token: string;

beforeAll(async () => {
  key = await makeKey('ES256', 'key-1');
  verifier = new TestIssuer(key).createVerifier();
  token = signToken(key);
});

/** Two servers that must behave alike. Each counts how often its handler ran. */
const servers: [string, (onRun: () => void, refused?: VerifierError[]) => RequestListener][] = [
  [
    'node:http',
    (onRun, refused = []) =>
      withToken(
        verifier,
        (_request, response, verified) => {
          onRun();
          response.end(verified.subject);
        },
        { scope: 'notes:read', onRefused: (error) => refused.push(error) },
      ),
  ],
  [
    'Express',
    (onRun, refused = []) => {
      const app = express();
      app.use(express.urlencoded({ extended: false }));
      app.use(requireToken(verifier, { scope: ['notes:read'], onRefused: (error) => refused.push(error) }));
      app.all('/{*path}', (request, response) => {
        onRun();
        response.send(tokenOf(request).subject);
      });
      return app;
    },
  ],
];

describe.each(servers)('%s', (_name, makeListener) => {
  let runs = 0;
  const onRun = (): void => {
    runs += 1;
  };

  async function get(headers: Record<string, string>, path = '/'): Promise<Response> {
    await using server = await listen(makeListener(onRun));
    const response = await fetch(server.origin + path, { headers });
    const body = await response.text();
    return new Response(body, response);
  }

  test('lets a good token through, and runs the handler once', async () => {
    runs = 0;
    const response = await get({ Authorization: `Bearer ${token}` });
    expect([response.status, await response.text(), runs]).toEqual([200, 'usr_01', 1]);
    expect((await get({ authorization: `bEARER   ${token}` })).status).toBe(200);
  });

  test.each<[string, () => string, number, string, string]>([
    ['a forged token', () => `Bearer ${token.slice(0, -8)}AAAAAAAA`, 401, 'invalid_token', 'error="invalid_token"'],
    ['an expired token', () => `Bearer ${signToken(key, { exp: 1 })}`, 401, 'invalid_token', 'error="invalid_token"'],
    ['garbage', () => 'Bearer x', 401, 'invalid_token', 'error="invalid_token"'],
    ['another scheme', () => 'Basic dXNlcjpwYXNz', 401, 'token_missing', 'realm="api"'],
    ['half a header', () => 'Bearer', 400, 'invalid_request', 'error="invalid_request"'],
    [
      'too few scopes',
      () => `Bearer ${signToken(key, { scope: 'a' })}`,
      403,
      'insufficient_scope',
      'scope="notes:read"',
    ],
  ])('answers %s', async (_what, authorization, status, code, challenge) => {
    runs = 0;
    const response = await get({ Authorization: authorization() });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, code });
    expect(response.headers.get('www-authenticate')).toContain(challenge);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(runs).toBe(0);
  });

  test('no token: says so, without an error code', async () => {
    const response = await get({});
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"');
  });

  test('a token anywhere but in the header is not read', async () => {
    runs = 0;
    expect((await get({}, `/?access_token=${token}`)).status).toBe(401);
    expect((await get({ Cookie: `access_token=${token}` })).status).toBe(401);
    expect((await get({ 'X-Authorization': `Bearer ${token}`, 'Proxy-Authorization': `Bearer ${token}` })).status).toBe(
      401,
    );
    await using server = await listen(makeListener(onRun));
    const body = new URLSearchParams({ access_token: token });
    expect((await fetch(server.origin, { method: 'POST', body })).status).toBe(401);
    expect(runs).toBe(0);
  });

  test('two Authorization headers are refused in either order', async () => {
    runs = 0;
    await using server = await listen(makeListener(onRun));
    const good = `Authorization: Bearer ${token}`;
    for (const pair of [
      [good, 'Authorization: Bearer x'],
      ['authorization: Basic x', good],
      [good, good],
    ]) {
      expect(await sendRaw(server.port, ['GET / HTTP/1.1', 'Host: localhost', ...pair])).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(runs).toBe(0);
    const answer = await sendRaw(server.port, ['GET / HTTP/1.1', 'Host: localhost', 'X-Authorization: x', good]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a HEAD request gets no body', async () => {
    await using server = await listen(makeListener(onRun));
    const answer = await sendRaw(server.port, ['HEAD / HTTP/1.1', 'Host: localhost']);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
  });

  test('the log learns the exact reason', async () => {
    const refused: VerifierError[] = [];
    await using server = await listen(makeListener(onRun, refused));
    await fetch(server.origin, { headers: { Authorization: `Bearer ${signToken(key, { aud: 'x' })}` } });
    await fetch(server.origin);
    expect(refused.map(({ code }) => code)).toEqual(['audience_mismatch', 'token_missing']);
  });
});

test('without any keys: 503, and when to try again', async () => {
  const issuer = new TestIssuer();
  issuer.answer = () => Promise.reject(new Error('connect ECONNREFUSED'));
  await using server = await listen(withToken(issuer.createVerifier(), (_request, response) => response.end()));
  const response = await fetch(server.origin, { headers: { Authorization: `Bearer ${token}` } });
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(response.headers.get('www-authenticate')).toBeNull();
});

test('a log that fails changes no answer', async () => {
  const failing = {
    onRefused: () => {
      throw new Error('disk full');
    },
  };
  const rejecting = { onRefused: () => Promise.reject(new Error('disk full')) as unknown as void };
  for (const options of [failing, rejecting]) {
    await using server = await listen(withToken(verifier, (_request, response) => response.end(), options));
    expect((await fetch(server.origin)).status).toBe(401);
  }
});

test('the handler and the log get the request itself', async () => {
  const paths: (string | undefined)[] = [];
  const listener = withToken(
    verifier,
    (request, response) => {
      paths.push(request.url);
      response.end();
    },
    { onRefused: (_error, request) => paths.push(request.url) },
  );
  await using server = await listen(listener);
  await fetch(`${server.origin}/a`, { headers: { Authorization: `Bearer ${token}` } });
  await fetch(`${server.origin}/b`);
  expect(paths).toEqual(['/a', '/b']);
});

test('Express: a route without its guard fails closed', async () => {
  const app = express();
  app.get('/', (request, response) => {
    response.send(tokenOf(request).subject);
  });
  app.use(((_error, _request, response, _next) => {
    response.sendStatus(500);
  }) satisfies express.ErrorRequestHandler);
  await using server = await listen(app);
  const response = await fetch(server.origin, { headers: { Authorization: `Bearer ${token}` } });
  expect(response.status).toBe(500);
});

test('Express: what requireScope throws in a handler can be answered in one place', async () => {
  const app = express();
  app.use(requireToken(verifier));
  app.get('/', (request, response) => {
    requireScope(tokenOf(request), 'admin');
    response.send('secret');
  });
  app.use(((error, _request, response, next) => {
    if (error instanceof VerifierError) sendRefusal(response, error, { realm: 'forum' });
    else next(error);
  }) satisfies express.ErrorRequestHandler);
  await using server = await listen(app);
  const response = await fetch(server.origin, { headers: { Authorization: `Bearer ${token}` } });
  expect(response.status).toBe(403);
  expect(response.headers.get('www-authenticate')).toBe(
    'Bearer realm="forum", error="insufficient_scope", scope="admin"',
  );
});

test('Express: an error that is no refusal goes to the error handler, and not to the route', async () => {
  let runs = 0;
  const app = express();
  app.use(requireToken({ verify: () => Promise.reject(new Error('a bug')) }));
  app.get('/', (_request, response) => {
    runs += 1;
    response.end();
  });
  app.use(((_error, _request, response, _next) => {
    response.sendStatus(500);
  }) satisfies express.ErrorRequestHandler);
  await using server = await listen(app);
  const response = await fetch(server.origin, { headers: { Authorization: `Bearer ${token}` } });
  expect([response.status, runs]).toEqual([500, 0]);
});

test('a caller who goes away while the keys are fetched does no harm', async () => {
  const issuer = new TestIssuer(key);
  const { promise, resolve } = Promise.withResolvers<Response>();
  issuer.answer = () => promise;
  let handled: string | undefined;
  const arrived = Promise.withResolvers<undefined>();
  const listener = withToken(issuer.createVerifier(), (_request, response, verified) => {
    handled = verified.subject;
    response.end();
  });
  await using server = await listen((request, response) => {
    arrived.resolve(undefined);
    listener(request, response);
  });
  const abort = new AbortController();
  const gone = fetch(server.origin, { headers: { Authorization: `Bearer ${token}` }, signal: abort.signal });
  await arrived.promise;
  abort.abort();
  await expect(gone).rejects.toThrow();
  resolve(Response.json({ keys: [key.publicJwk] }));
  const response = await fetch(server.origin, { headers: { Authorization: `Bearer ${token}` } });
  expect([response.status, handled]).toEqual([200, 'usr_01']);
});
