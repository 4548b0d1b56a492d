/** A second service. It calls the example API for the user who called it, with a token of its own by exchange (RFC 8693). */
import { serve } from '@hono/node-server';
import { createVerifier } from '@latchkey/verifier';
import { requireToken, type TokenVariables } from '@latchkey/verifier/hono';
import { Hono } from 'hono';

const { PORT = '4402', LATCHKEY_ISSUER: issuer = 'http://localhost:4400', API = 'http://localhost:4401' } = process.env;
const { LATCHKEY_CLIENT_ID: id = '', LATCHKEY_CLIENT_SECRET: secret = '' } = process.env;
/** Of this service and of the one that it calls: names, not addresses. */
const [ownAudience, apiAudience] = ['http://localhost:4402', 'http://localhost:4401'];

if (id === '' || secret === '') {
  console.error(`This service exchanges tokens, as a client of the server. Register it:

  npx latchkey clients add "Reports" --grant urn:ietf:params:oauth:grant-type:token-exchange \\
    --scope "revocations:read introspect" --audience ${ownAudience} --audience ${apiAudience}

and start it with LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET as that prints them.`);
  process.exit(1);
}

const verifier = createVerifier({ issuer, audience: ownAudience, client: { id, secret } });
void verifier.ready().catch(() => console.error(`${issuer} cannot be reached yet; trying on`));

/** A token for the API in exchange for one that was sent here: for the same user, and void as soon as that one is. */
async function exchange(token: string): Promise<string | undefined> {
  const response = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: apiAudience,
    }),
  });
  return response.ok ? ((await response.json()) as { access_token: string }).access_token : undefined;
}

const app = new Hono<{ Variables: TokenVariables }>();
app.get('/', (c) => c.text('GET /report: what the example API says of you; needs an Authorization: Bearer header'));
app.get('/report', requireToken(verifier), async (c) => {
  // The guard has seen that there is one, and that it is good here.
  const token = await exchange(c.req.header('Authorization')?.replace(/^\S+ +/, '') ?? '');
  if (token === undefined) return c.json({ error: 'The token could not be exchanged' }, 502);
  const answer = await fetch(`${API}/me`, { headers: { Authorization: `Bearer ${token}` } });
  c.header('Cache-Control', 'no-store');
  return c.json({ status: answer.status, api: (await answer.json()) as unknown });
});

serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' }, () => {
  console.log(`Reports on http://localhost:${PORT}, of ${API}, for tokens of ${issuer}`);
});
