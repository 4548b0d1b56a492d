import { serve } from '@hono/node-server';
import { createVerifier } from '@latchkey/verifier';
import { createApp } from './app.ts';

const { PORT = '4401', LATCHKEY_ISSUER: issuer = 'http://localhost:4400' } = process.env;
/** The name that tokens for this API must carry. A name, not an address: it stays when the port changes. */
const audience = 'http://localhost:4401';

const verifier = createVerifier({ issuer, audience, revocation: 'none' });

serve({ fetch: createApp(verifier, { issuer, audience }).fetch, port: Number(PORT), hostname: '127.0.0.1' }, () => {
  console.log(`Example API on http://localhost:${PORT}, for tokens of ${issuer}`);
});
