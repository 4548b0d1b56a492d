import { serve } from '@hono/node-server';
import { createVerifier } from '@latchkey/verifier';
import { createApp } from './app.ts';

const { PORT = '4401', LATCHKEY_ISSUER: issuer = 'http://localhost:4400' } = process.env;
const { LATCHKEY_CLIENT_ID: id, LATCHKEY_CLIENT_SECRET: secret } = process.env;
/** The name that tokens for this API must carry. A name, not an address: it stays when the port changes. */
const audience = 'http://localhost:4401';

if (id === undefined || secret === undefined) {
  console.error(`The API follows what is revoked, as a client of the server. Register it:

  npx latchkey clients add "Example API" --scope "revocations:read introspect" --audience ${audience}

and start it with LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET as that prints them.`);
  process.exit(1);
}

const verifier = createVerifier({ issuer, audience, client: { id, secret }, clientTokens: true });
// Otherwise the first tokens would be introspected.
void verifier.ready().catch(() => console.error(`${issuer} cannot be reached yet; trying on`));

serve({ fetch: createApp(verifier, { issuer, audience }).fetch, port: Number(PORT), hostname: '127.0.0.1' }, () => {
  console.log(`Example API on http://localhost:${PORT}, for tokens of ${issuer}`);
});
