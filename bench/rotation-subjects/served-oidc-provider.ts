import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Provider } from 'oidc-provider';
import { ORIGIN } from '../session-subjects/account.ts';
import { serveRefreshSubject } from './serve-refresh-subject.ts';

const CLIENT_ID = 'bench';
const ACCOUNT_ID = 'ada';
/** Without `openid`: no ID token is signed. */
const SCOPE = 'offline_access';
const DAY_SECONDS = 24 * 3600;

serveRefreshSubject(async () => {
  const provider = new Provider(ORIGIN, {
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [`${ORIGIN}/callback`],
        // There is a key for no other. None is signed.
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })] },
    rotateRefreshToken: true,
    features: { devInteractions: { enabled: false } },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    ttl: { AccessToken: 600, RefreshToken: DAY_SECONDS, Grant: DAY_SECONDS },
    findAccount: async (_context, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
  });
  const serve = provider.callback();
  return {
    path: '/token',
    clientId: CLIENT_ID,
    handler: (request, response) => serve(request, response),
    // New ones for every round: the memory adapter keeps a list of each grant's tokens, and reads all of it each time.
    begin: (count) => Promise.all(Array.from({ length: count }, () => grantRefreshToken(provider))),
  };
});

async function grantRefreshToken(provider: Provider): Promise<string> {
  const client = await provider.Client.find(CLIENT_ID);
  if (client === undefined) throw new Error('The client is not there');
  const grant = new provider.Grant({ accountId: ACCOUNT_ID, clientId: CLIENT_ID });
  grant.addOIDCScope(SCOPE);
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    accountId: ACCOUNT_ID,
    client,
    grantId,
    gty: 'authorization_code',
    scope: SCOPE,
    expiresWithSession: false,
  });
  return token.save();
}
