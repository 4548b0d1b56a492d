/** Clients that sign, by libraries that nobody here wrote and the command line: RFC 7521, RFC 7523. */
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { signAssertion } from '../../packages/server/test/support/assertions.ts';
import { latchkey } from '../support/command-line.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { allowInsecureRequests, insecure } from './insecure-requests.ts';

vi.setConfig({ testTimeout: 60_000 });

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const MAY = ['--grant', 'client_credentials', '--grant', JWT_BEARER, '--scope', 'orders:read introspect'];

interface Registered {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly token_endpoint_auth_method: string;
  readonly jwks?: { readonly keys: readonly object[] };
}

let server: ServerProcess;
let as: oauth.AuthorizationServer;
/** With a key pair of its own. */
let job: Registered;
beforeAll(async () => {
  server = await startServer();
  const issuer = new URL(server.origin);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  job = await run<Registered>('clients', 'add', 'Nightly job', ...MAY, '--generate-key', 'job.jwk');
});
afterAll(() => server?.close());

async function run<Answer>(...args: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await latchkey([...args, '--json'], server);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Answer;
}

const path = (name: string) => join(server.directory, name);

async function privateKeyIn(name: string): Promise<{ readonly key: oauth.CryptoKey; readonly kid: string }> {
  const jwk = JSON.parse(await readFile(path(name), 'utf8')) as webcrypto.JsonWebKey & { readonly kid: string };
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await webcrypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
  return { key: key as oauth.CryptoKey, kid: jwk.kid };
}

test('RFC 7523 §2.1: a token for what a service account signed, without any other proof', async () => {
  const { key, kid } = await privateKeyIn('job.jwk');
  const client: oauth.Client = { client_id: job.client_id };
  const signer = { kid, alg: 'ES256', publicJwk: { kty: 'EC' }, privateKey: key };
  const sign = () =>
    signAssertion(
      signer,
      { clientId: job.client_id, issuer: as.issuer, now: Date.now() },
      { header: { typ: 'authorization-grant+jwt' } },
    );
  const ask = async (assertion: string, proof: oauth.ClientAuth) =>
    oauth.processGenericTokenEndpointResponse(
      as,
      client,
      await oauth.genericTokenEndpointRequest(
        as,
        client,
        proof,
        JWT_BEARER,
        { assertion, scope: 'orders:read' },
        insecure,
      ),
    );
  const assertion = await sign();
  expect(await ask(assertion, oauth.None())).toMatchObject({ token_type: 'bearer', scope: 'orders:read' });
  await expect(ask(assertion, oauth.None())).rejects.toMatchObject({ error: 'invalid_grant' });
  expect(await ask(await sign(), oauth.PrivateKeyJwt({ key, kid }))).toMatchObject({ scope: 'orders:read' });
});

test('RFC 7523 §2.2: a service with a key pair of its own, by oauth4webapi and openid-client', async () => {
  expect(job).toMatchObject({ token_endpoint_auth_method: 'private_key_jwt' });
  expect(job.client_secret).toBeUndefined();
  expect((await stat(path('job.jwk'))).mode & 0o777).toBe(0o600);
  const { key, kid } = await privateKeyIn('job.jwk');
  expect(job.jwks?.keys).toEqual([expect.objectContaining({ kid, alg: 'ES256', use: 'sig' })]);
  expect(Object.keys(job.jwks?.keys[0] ?? {})).not.toContain('d');

  const client: oauth.Client = { client_id: job.client_id };
  const proof = oauth.PrivateKeyJwt({ key, kid });
  const granted = await oauth.processClientCredentialsResponse(
    as,
    client,
    await oauth.clientCredentialsGrantRequest(as, client, proof, { scope: 'orders:read' }, insecure),
  );
  expect(granted).toMatchObject({ token_type: 'bearer', scope: 'orders:read' });
  const introspect = async () =>
    oauth.processIntrospectionResponse(
      as,
      client,
      await oauth.introspectionRequest(as, client, proof, granted.access_token, insecure),
    );
  expect(await introspect()).toMatchObject({ active: true, client_id: job.client_id });
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, proof, granted.access_token, insecure),
  );
  expect(await introspect()).toEqual({ active: false });

  const execute = [allowInsecureRequests];
  const authentication = openid.PrivateKeyJwt({ key, kid });
  const config = await openid.discovery(new URL(server.origin), job.client_id, undefined, authentication, { execute });
  expect(await openid.clientCredentialsGrant(config, { scope: 'orders:read' })).toMatchObject({ scope: 'orders:read' });

  // A key that is replaced is void at once.
  await run('clients', 'set-keys', job.client_id, '--generate-key', 'next.jwk');
  await expect(openid.clientCredentialsGrant(config)).rejects.toMatchObject({ status: 401 });
  const next = openid.PrivateKeyJwt(await privateKeyIn('next.jwk'));
  const other = await openid.discovery(new URL(server.origin), job.client_id, undefined, next, { execute });
  expect((await openid.clientCredentialsGrant(other)).access_token).toBeDefined();
});

test('OpenID Connect Core §9: a client that signs with its secret', async () => {
  const signing = await run<Registered>(
    'clients',
    'add',
    'Signing',
    ...MAY.slice(0, 2),
    '--auth-method',
    'client_secret_jwt',
  );
  const secret = signing.client_secret ?? '';
  const client: oauth.Client = { client_id: signing.client_id };
  const request = (proof: oauth.ClientAuth) => oauth.clientCredentialsGrantRequest(as, client, proof, {}, insecure);
  const good = await oauth.processClientCredentialsResponse(as, client, await request(oauth.ClientSecretJwt(secret)));
  expect(good.access_token).toBeDefined();
  for (const proof of [oauth.ClientSecretJwt(`${secret}x`), oauth.ClientSecretBasic(secret)]) {
    const refused = oauth.processClientCredentialsResponse(as, client, await request(proof));
    await expect(refused).rejects.toMatchObject({ status: 401 });
  }
  expect(server.output()).not.toContain(secret);
});

test('files with keys: what is wrong with them is said, and nothing is registered or written over', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const kept = JSON.stringify(privateKey.export({ format: 'jwk' }));
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), kid: 'mine' };
  await writeFile(path('kept.jwk'), kept);
  await writeFile(path('public.jwk'), JSON.stringify({ keys: [publicJwk] }));
  const added = await run<Registered>('clients', 'add', 'By file', '--jwk', 'public.jwk');
  expect(added.jwks?.keys).toEqual([{ ...publicJwk, alg: 'EdDSA', use: 'sig' }]);

  const wrong: [args: readonly string[], named: string][] = [
    [['--jwk', 'kept.jwk'], 'private'],
    [['--generate-key', 'kept.jwk'], 'kept.jwk'],
    [['--generate-key', 'new.jwk', '--public'], 'public client'],
  ];
  for (const [args, named] of wrong) {
    const { code, stdout, stderr } = await latchkey(['clients', 'add', 'Wrong', ...args], server);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(named);
  }
  expect(await readFile(path('kept.jwk'), 'utf8')).toBe(kept);
  await expect(stat(path('new.jwk'))).rejects.toMatchObject({ code: 'ENOENT' });
  const listed = await run<readonly (Registered & { readonly client_name: string })[]>('clients', 'list');
  expect(listed.map((each) => each.client_name)).not.toContain('Wrong');
  expect(listed.find((each) => each.client_id === added.client_id)?.jwks).toEqual(added.jwks);
});
