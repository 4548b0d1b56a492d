import { createHash, randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { oauthProvider } from '@better-auth/oauth-provider';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { temporaryDirectory } from '../harness/temporary-directory.ts';
import { ACCOUNT, ORIGIN } from '../session-subjects/account.ts';
import { cookiesOf } from '../session-subjects/serve-session-subject.ts';
import { serveRefreshSubject } from './serve-refresh-subject.ts';

const CALLBACK = `${ORIGIN}/callback`;
const TOKEN_PATH = '/api/auth/oauth2/token';
/** Without `openid`: no ID token is signed. */
const SCOPE = 'offline_access';

type Handler = (request: Request) => Promise<Response>;

serveRefreshSubject(async () => {
  const auth = await openBetterAuth();
  const signUp = { body: JSON.stringify(ACCOUNT), contentType: 'application/json' };
  const cookie = cookiesOf(await post(auth.handler, '/api/auth/sign-up/email', signUp));
  const { client_id: clientId } = await auth.api.adminCreateOAuthClient({
    headers: new Headers({ cookie }),
    body: {
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: SCOPE,
      skip_consent: true,
    },
  });
  return {
    path: TOKEN_PATH,
    clientId,
    handler: toNodeHandler(auth),
    begin: async (count) => {
      const tokens: string[] = [];
      for (let index = 0; index < count; index += 1) tokens.push(await authorize(auth.handler, clientId, cookie));
      return tokens;
    },
  };
});

async function openBetterAuth() {
  const database = new DatabaseSync(`${temporaryDirectory()}/better-auth.db`);
  database.exec('PRAGMA journal_mode = WAL');
  const options = {
    baseURL: ORIGIN,
    secret: randomBytes(32).toString('hex'),
    database,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [
      oauthProvider({
        loginPage: '/sign-in',
        consentPage: '/consent',
        scopes: ['openid', SCOPE],
        // Opaque access tokens, as oidc-provider has them by default: nothing is signed.
        disableJwtPlugin: true,
      }),
    ],
  };
  await (await getMigrations(options)).runMigrations();
  return betterAuth(options);
}

/** Goes through its authorization code flow, signed in, and tells the refresh token. */
async function authorize(handler: Handler, clientId: string, cookie: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: CALLBACK,
    scope: SCOPE,
    state: randomBytes(8).toString('hex'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const url = `${ORIGIN}/api/auth/oauth2/authorize?${query.toString()}`;
  const redirect = await handler(new Request(url, { headers: { cookie } }));
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: CALLBACK,
    code: new URL(redirect.headers.get('location') ?? '').searchParams.get('code') ?? '',
    code_verifier: verifier,
  });
  const grant = { body: form.toString(), contentType: 'application/x-www-form-urlencoded' };
  const answer = (await (await post(handler, TOKEN_PATH, grant)).json()) as { refresh_token: string };
  return answer.refresh_token;
}

async function post(
  handler: Handler,
  path: string,
  { body, contentType }: { readonly body: string; readonly contentType: string },
): Promise<Response> {
  const headers = { 'content-type': contentType, origin: ORIGIN };
  const answer = await handler(new Request(ORIGIN + path, { method: 'POST', headers, body }));
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}
