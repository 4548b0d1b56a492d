/** RFC 9449 §7: requests with proofs, through every adapter. */
import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import express from 'express';
import createFastify from 'fastify';
import { Hono } from 'hono';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeKey, NOW, signToken, TestIssuer, type TestKey } from '../../test/support/issuer.ts';
import { makeProofKey, signProof, type ProofKey } from '../../test/support/proofs.ts';
import { listen, sendRaw } from '../../test/support/server.ts';
import type { Verifier, VerifierError } from '../index.ts';
import { requireToken as requireFastify, tokenOf as fastifyTokenOf } from './fastify.ts';
import { withToken as withFetchToken } from './fetch.ts';
import { requireToken as requireHono, type TokenVariables } from './hono.ts';
import { requireToken as requireNode, tokenOf, withToken } from './node.ts';

/** As clients see it; nothing that reaches the server says so. */
const ORIGIN = 'https://api.example.com';
const PATH = '/v1/notes';

let key: TestKey;
let proofKey: ProofKey;
let verifier: Verifier;
let token: string;
let refused: string[] = [];
const options = {
  ownOrigin: ORIGIN,
  onRefused: ({ code }: VerifierError) => {
    refused.push(code);
  },
};

beforeAll(async () => {
  key = await makeKey('EdDSA', 'key-1');
  proofKey = await makeProofKey();
  verifier = new TestIssuer(key).createVerifier();
  token = signToken(key, { cnf: { jkt: proofKey.thumbprint } });
});

const proofOf = (claims: object = {}) =>
  signProof(proofKey, {
    htu: ORIGIN + PATH,
    ath: createHash('sha256').update(token).digest('base64url'),
    iat: NOW,
    ...claims,
  });

type Ask = (headers: Record<string, string>) => Promise<Response>;

async function over(listener: RequestListener, headers: Record<string, string>): Promise<Response> {
  await using server = await listen(listener);
  const response = await fetch(`${server.origin}${PATH}?page=2`, { headers });
  return new Response(await response.text(), response);
}

/** Each guards twice, as an application with a route of its own scope does. */
const adapters: [string, Ask][] = [
  [
    'node:http',
    (headers) =>
      over(
        withToken(
          verifier,
          (request, response) =>
            void requireNode(verifier, options)(request, response, () => {
              response.end(tokenOf(request).subject);
            }),
          options,
        ),
        headers,
      ),
  ],
  [
    'Express, in a router',
    (headers) => {
      const router = express.Router();
      router.use(requireNode(verifier, options));
      router.get('/notes', requireNode(verifier, { ...options, scope: 'notes:read' }), (request, response) => {
        response.send(tokenOf(request).subject);
      });
      return over(express().use('/v1', router), headers);
    },
  ],
  [
    'Fastify',
    async (headers) => {
      const app = createFastify();
      app.addHook('preHandler', requireFastify(verifier, options));
      app.get(
        PATH,
        { preHandler: requireFastify(verifier, { ...options, scope: 'notes:read' }) },
        (request) => fastifyTokenOf(request).subject,
      );
      await app.ready();
      try {
        return await over((request, response) => app.routing(request, response), headers);
      } finally {
        await app.close();
      }
    },
  ],
  [
    'Hono',
    async (headers) => {
      const app = new Hono<{ Variables: TokenVariables }>();
      app.use(requireHono(verifier, options));
      app.get(PATH, requireHono(verifier, { ...options, scope: 'notes:read' }), (c) => c.text(c.get('token').subject));
      return app.request(`http://10.0.0.1:8080${PATH}?page=2`, { headers });
    },
  ],
  [
    'Fetch',
    async (headers) => {
      const inner = withFetchToken(verifier, (_request, { subject }) => new Response(subject), options);
      const handle = withFetchToken(verifier, (request) => inner(request), options);
      return handle(new Request(`http://10.0.0.1:8080${PATH}?page=2`, { headers }));
    },
  ],
];

describe.each(adapters)('%s', (_name, ask) => {
  const outcomeOf = async (headers: Record<string, string>) => {
    refused = [];
    const response = await ask(headers);
    await Promise.resolve();
    const challenge = response.headers.get('www-authenticate');
    return [response.status, refused.join(), challenge === null ? '' : challenge.replace(/, algs="[^"]*"/, '')];
  };

  test('a proof for this URL is accepted, however often it is asked for on the way, and once', async () => {
    const headers = { Authorization: `DPoP ${token}`, DPoP: await proofOf() };
    expect(await outcomeOf(headers)).toEqual([200, '', '']);
    const invalid = 'DPoP realm="api", error="invalid_dpop_proof"';
    expect(await outcomeOf(headers)).toEqual([401, 'dpop_proof_replayed', invalid]);
  });

  test('a stolen token is worth nothing', async () => {
    const challenge = 'DPoP realm="api", error="invalid_token"';
    const as = (scheme: string) => ({ Authorization: `${scheme} ${token}` });
    expect(await outcomeOf(as('Bearer'))).toEqual([401, 'dpop_proof_missing', challenge]);
    expect(await outcomeOf(as('DPoP'))).toEqual([401, 'dpop_proof_missing', challenge]);
    const proof = await proofOf();
    expect(await outcomeOf({ ...as('Bearer'), DPoP: proof })).toEqual([401, 'dpop_proof_missing', challenge]);
  });

  test('a proof for another server, path or method is not for this one', async () => {
    const challenge = 'DPoP realm="api", error="invalid_dpop_proof"';
    for (const claims of [
      { htu: `https://evil.example${PATH}` },
      { htu: `http://10.0.0.1:8080${PATH}` },
      { htu: `${ORIGIN}/notes` },
      { htm: 'POST' },
    ]) {
      const headers = { Authorization: `DPoP ${token}`, DPoP: await proofOf(claims) };
      expect(await outcomeOf(headers)).toEqual([401, 'dpop_proof_claim', challenge]);
    }
  });

  test('whoever comes without a token is told both ways', async () => {
    expect(await outcomeOf({})).toEqual([401, 'token_missing', 'Bearer realm="api", DPoP realm="api"']);
  });
});

test('RFC 9449 §4.3: two DPoP headers are none', async () => {
  const [one, two] = [await proofOf(), await proofOf()];
  refused = [];
  await using server = await listen(withToken(verifier, () => {}, options));
  const answer = await sendRaw(server.port, [
    `GET ${PATH} HTTP/1.1`,
    'Host: api.example.com',
    `Authorization: DPoP ${token}`,
    `DPoP: ${one}`,
    `DPoP: ${two}`,
  ]);
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(refused).toEqual(['dpop_proof_missing']);
});

test.each(['http://api.example.com/v1/notes', '*'])('a request target of %s is no path', async (target) => {
  refused = [];
  await using server = await listen(withToken(verifier, () => {}, options));
  const method = target === '*' ? 'OPTIONS' : 'GET';
  const proof = await proofOf({ htm: method });
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: api.example.com',
    `Authorization: DPoP ${token}`,
    `DPoP: ${proof}`,
  ];
  expect(await sendRaw(server.port, lines)).toMatch(/^HTTP\/1\.1 401 /);
  expect(refused).toEqual(['dpop_proof_claim']);
});

test('a server that does not say its origin takes no proof, and the log says what to set', async () => {
  const codes: string[] = [];
  const handle = withFetchToken(verifier, () => new Response(), { onRefused: ({ code }) => codes.push(code) });
  const headers = { Authorization: `DPoP ${token}`, DPoP: await proofOf() };
  const response = await handle(new Request(ORIGIN + PATH, { headers }));
  await Promise.resolve();
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="api"']);
  expect(codes).toEqual(['dpop_not_configured']);
});

test('RFC 9449 §9: a nonce is sent with the refusal that asks for it', async () => {
  const strict = new TestIssuer(key).createVerifier({ dpop: { nonceSecret: new Uint8Array(32) } });
  const handle = withFetchToken(strict, () => new Response(), options);
  const ask = (proof: string) =>
    handle(new Request(ORIGIN + PATH, { headers: { Authorization: `DPoP ${token}`, DPoP: proof } }));
  const asked = await ask(await proofOf());
  expect(asked.headers.get('www-authenticate')).toMatch(/^DPoP realm="api", error="use_dpop_nonce", algs="ES256 /);
  expect((await ask(await proofOf({ nonce: asked.headers.get('dpop-nonce') }))).status).toBe(200);
});
