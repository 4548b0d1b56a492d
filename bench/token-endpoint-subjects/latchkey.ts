import { createHash, randomBytes } from 'node:crypto';
import { createLatchkey, readSettings, type Latchkey } from 'latchkey';
import { ROUTES } from '@latchkey/protocol';
import { listen } from '../../packages/server/src/node/serve.ts';
import type { OperationContext } from '../../packages/server/src/operations/context.ts';
import { addClient } from '../../packages/server/src/operations/manage-clients.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { temporaryDirectory } from '../harness/temporary-directory.ts';
import { ORIGIN } from '../session-subjects/account.ts';
import { signUpToLatchkey } from '../session-subjects/sign-up-to-latchkey.ts';
import { AUDIENCE, basic, SCOPE, serveTokenEndpoint, TTL_SECONDS } from './serve-token-endpoint.ts';

const CALLBACK = 'https://app.bench.example/callback';

serveTokenEndpoint(async ({ isRotating }) => {
  const port = await findFreePort();
  const environment = {
    LATCHKEY_DATABASE_URL: `sqlite:${temporaryDirectory()}/latchkey.db`,
    LATCHKEY_SECRET: randomBytes(32).toString('hex'),
    LATCHKEY_ISSUER: ORIGIN,
    LATCHKEY_LOG_LEVEL: 'silent',
    LATCHKEY_ACCESS_TOKEN_TTL_SECONDS: String(TTL_SECONDS),
    PORT: String(port),
    // Strict mode, W = 0: every use rotates.
    ...(isRotating && { LATCHKEY_SESSION_OVERLAP_SECONDS: '0' }),
  };
  const [cookie = ''] = await signUpToLatchkey(readSettings({ ...environment, LATCHKEY_MODE: 'development' }), 1);
  // Production asks for a mail server. Nobody listens: what is needed has been mailed before.
  const production = { LATCHKEY_MODE: 'production', LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9' };
  const latchkey = await createLatchkey(readSettings({ ...environment, ...production }));
  const client = await addBenchClient(latchkey.operations);
  await listen(latchkey, { host: '127.0.0.1', port });
  return {
    target: { port, path: ROUTES.token, authorization: client.authorization },
    begin: async (count) => {
      const tokens: string[] = [];
      for (let index = 0; index < count; index += 1) tokens.push(await authorize(latchkey, client, cookie));
      return tokens;
    },
  };
});

interface BenchClient {
  readonly id: string;
  readonly authorization: string;
}

async function addBenchClient(operations: OperationContext): Promise<BenchClient> {
  const registration = {
    name: 'bench',
    grants: ['client_credentials', 'authorization_code', 'refresh_token'],
    scope: SCOPE,
    audiences: [AUDIENCE],
    redirectUris: [CALLBACK],
    isPublic: false,
    authMethod: undefined,
    isFirstParty: true,
  };
  const added = await addClient(operations, registration, 'bench');
  if (added.kind !== 'added' || added.secret === undefined) throw new Error('The client was refused');
  return { id: added.client.id, authorization: basic(added.client.id, added.secret.reveal()) };
}

/** Goes through the authorization code flow, signed in, and tells the refresh token. */
async function authorize(latchkey: Latchkey, { id, authorization }: BenchClient, cookie: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: id,
    redirect_uri: CALLBACK,
    scope: SCOPE,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const url = `${ORIGIN}${ROUTES.authorize}?${query.toString()}`;
  const redirect = await latchkey.fetch(new Request(url, { headers: { cookie } }));
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    redirect_uri: CALLBACK,
    code: new URL(redirect.headers.get('location') ?? '').searchParams.get('code') ?? '',
    code_verifier: verifier,
  });
  const exchange = new Request(ORIGIN + ROUTES.token, { method: 'POST', headers: { authorization }, body });
  const { refresh_token: token } = (await (await latchkey.fetch(exchange)).json()) as { refresh_token: string };
  return token;
}
