import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type AdapterFactory } from 'oidc-provider';
import { ORIGIN } from '../session-subjects/account.ts';
import {
  AUDIENCE,
  basic,
  SCOPE,
  TTL_SECONDS,
  type TokenEndpoint,
  type TokenEndpointOptions,
} from './serve-token-endpoint.ts';

const CLIENT_ID = 'bench';
const ACCOUNT_ID = 'ada';
const DAY_SECONDS = 24 * 3600;

/**
 * oidc-provider with access tokens that are JWTs (RFC 9068), which it does not store, for one resource server.
 *
 * @param adapter - Left out for its own, in memory.
 */
export async function openOidcProvider({ isRotating }: TokenEndpointOptions, adapter?: AdapterFactory) {
  const secret = randomBytes(32).toString('base64url');
  const scopes = { scope: SCOPE, audience: AUDIENCE, accessTokenFormat: 'jwt', accessTokenTTL: TTL_SECONDS } as const;
  const provider = new Provider(ORIGIN, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: secret,
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [`${ORIGIN}/callback`],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })] },
    scopes: ['openid', 'offline_access', SCOPE],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ ...scopes, jwt: { sign: { alg: 'ES256' } } }),
      },
    },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    ttl: { AccessToken: TTL_SECONDS, ClientCredentials: TTL_SECONDS, RefreshToken: DAY_SECONDS, Grant: DAY_SECONDS },
    findAccount: async (_context, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    ...(isRotating && { rotateRefreshToken: true }),
    ...(adapter !== undefined && { adapter }),
  });
  const serve = provider.callback();
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    target: { port, path: '/token', authorization: basic(CLIENT_ID, secret) },
    begin: (count) => Promise.all(Array.from({ length: count }, () => grantRefreshToken(provider))),
  } satisfies TokenEndpoint;
}

async function grantRefreshToken(provider: Provider): Promise<string> {
  const client = await provider.Client.find(CLIENT_ID);
  if (client === undefined) throw new Error('The client is not there');
  const grant = new provider.Grant({ accountId: ACCOUNT_ID, clientId: CLIENT_ID });
  grant.addOIDCScope('offline_access');
  grant.addResourceScope(AUDIENCE, SCOPE);
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    accountId: ACCOUNT_ID,
    client,
    grantId,
    gty: 'authorization_code',
    scope: `offline_access ${SCOPE}`,
    resource: AUDIENCE,
    expiresWithSession: false,
  });
  return token.save();
}
