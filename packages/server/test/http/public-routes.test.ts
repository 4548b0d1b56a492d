import type { JSONWebKeySet } from 'jose';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemOf, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let production: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  production = await startTestServer({
    settings: {
      LATCHKEY_MODE: 'production',
      LATCHKEY_ISSUER: 'https://id.example.com',
      // Nothing listens there, and nothing is mailed.
      LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:1',
    },
  });
});
afterAll(async () => {
  await server.close();
  await production.close();
});

describe('the key set', () => {
  test('has the active and the next key, and never a private part', async () => {
    const response = await server.request(ROUTES.jwks);
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/jwk-set+json');
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=300');
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(response.headers.get('Set-Cookie')).toBeNull();
    const { keys } = (await response.json()) as JSONWebKeySet;
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
      expect(key).toMatchObject({ alg: 'ES256', use: 'sig', kty: 'EC' });
    }
  });

  test.each(['EdDSA', 'RS256'])('has no private part of %s either', async (algorithm) => {
    await using other = await startTestServer({ settings: { LATCHKEY_SIGNING_ALGORITHM: algorithm } });
    const { keys } = (await (await other.request(ROUTES.jwks)).json()) as JSONWebKeySet;
    expect(keys.map((key) => key.alg)).toEqual([algorithm, algorithm]);
    for (const key of keys) {
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) expect(key).not.toHaveProperty(member);
    }
  });

  test('is not sent again to whoever has it (RFC 9110 §13.1.2)', async () => {
    const etag = (await server.request(ROUTES.jwks)).headers.get('ETag')!;
    expect(etag).toMatch(/^"[^"]+"$/);
    // A cache in between may have weakened it, and a client may name several.
    for (const value of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await server.request(ROUTES.jwks, { headers: { 'If-None-Match': value } });
      expect(response.status).toBe(304);
      expect(await response.text()).toBe('');
      expect(response.headers.get('ETag')).toBe(etag);
    }
    for (const value of ['"other"', etag.slice(1, -1), '', '"']) {
      expect((await server.request(ROUTES.jwks, { headers: { 'If-None-Match': value } })).status).toBe(200);
    }
  });
});

test('metadata names the issuer and the key set by the configured issuer alone', async () => {
  const response = await production.request(ROUTES.authorizationServerMetadata, { headers: { Host: 'evil.example' } });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    issuer: 'https://id.example.com',
    jwks_uri: 'https://id.example.com/.well-known/jwks.json',
  });
});

describe('health', () => {
  test('live and ready', async () => {
    expect((await server.request(ROUTES.live)).status).toBe(200);
    const ready = await server.request(ROUTES.ready);
    expect(ready.status).toBe(200);
    expect(ready.headers.get('Cache-Control')).toBe('no-store');
  });
});

describe('metrics', () => {
  test('have bounded labels, whatever is asked for', async () => {
    const labels = async () => {
      const text = await (await server.request(ROUTES.metrics)).text();
      return new Set(text.match(/(?<=latchkey_http_request_duration_seconds_count)\{.*?\}/g));
    };
    const ask = (path: string, method = 'GET') => server.request(path, { method });
    await ask('/nothing');
    await ask(`${ROUTES.sessions}/x`, 'DELETE');
    await ask('/account/sessions/x/end', 'POST');
    await ask('/nothing', 'ODD');
    // Asking for the metrics is counted as well.
    await labels();
    const before = await labels();
    for (let index = 0; index < 200; index += 1) {
      await ask(`/random-${index}/${Math.sqrt(index)}?q=${index}`);
      await ask(`${ROUTES.sessions}/ses_${index}`, 'DELETE');
      await ask(`/account/sessions/ses_${index}/end`, 'POST');
      await ask('/nothing', `ODD${index}`);
    }
    expect(await labels()).toEqual(before);
    expect([...before].join('\n')).toContain('route="unmatched"');
  });

  test('tell nothing of people', async () => {
    await server.signedIn('metrics@example.com');
    const response = await server.request(ROUTES.metrics);
    expect(response.headers.get('Content-Type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toMatch(/latchkey_sign_ins_total\{outcome="signed_in"\} [1-9]/);
    expect(text).not.toMatch(/example\.com|usr_|ses_|lk[sro]_/);
  });
});

describe('every answer', () => {
  const paths = [ROUTES.session, ROUTES.jwks, ROUTES.live, ROUTES.docs, '/', '/sign-in', '/nothing', '/api/nothing'];
  test.each(paths)('%s carries the headers of safety', async (path) => {
    const { headers } = await server.request(path, { headers: { Accept: 'text/html' } });
    const policy = headers.get('Content-Security-Policy')!.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]),
    );
    expect(headers.get('Content-Security-Policy')).not.toContain('unsafe');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('X-Frame-Options')).toBe('DENY');
    expect(headers.get('Referrer-Policy')).toBe('same-origin');
    expect(headers.get('Cache-Control')).not.toBeNull();
    expect(headers.get('X-Powered-By')).toBeNull();
    expect(headers.get('Server')).toBeNull();
  });

  test('says to use https where the issuer does, and only there', async () => {
    expect((await production.request('/')).headers.get('Strict-Transport-Security')).toMatch(
      /^max-age=\d{8,}; includeSubDomains$/,
    );
    expect((await server.request('/')).headers.get('Strict-Transport-Security')).toBeNull();
  });

  test('no origin but for public keys and metadata may read it', async () => {
    for (const path of [ROUTES.session, ROUTES.sessions, '/sign-in', ROUTES.metrics]) {
      const response = await server.request(path, { headers: { Origin: 'https://evil.example' } });
      expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
    }
  });
});

describe('an error', () => {
  test('is a page for people and a problem for programs', async () => {
    const page = await server.request('/nothing', { headers: { Accept: 'text/html,application/xhtml+xml' } });
    expect(page.status).toBe(404);
    expect(page.headers.get('Content-Type')).toMatch(/^text\/html/);
    expect(await problemOf(await server.request('/nothing'))).toBe('404 not_found');
    // The API answers programs, whatever they say that they accept.
    expect(await problemOf(await server.request('/api/nothing', { headers: { Accept: 'text/html' } }))).toBe(
      '404 not_found',
    );
  });

  test('does not repeat the path as markup', async () => {
    const page = await server.request('/<script>alert(1)</script>', { headers: { Accept: 'text/html' } });
    expect(await page.text()).not.toContain('alert(1)');
  });
});

describe('production', () => {
  test.each([ROUTES.devMail, ROUTES.devMailJson])('has no %s', async (path) => {
    expect(await problemOf(await production.request(path))).toBe('404 not_found');
    expect((await server.request(path)).status).toBe(200);
  });

  test('does not mention the outbox', async () => {
    expect(JSON.stringify(await (await production.request(ROUTES.openapi)).json())).not.toContain('/dev/mail');
  });
});
