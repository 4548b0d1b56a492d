import { createVerifier } from '@latchkey/verifier';

// As the README has it. Loaded once the environment says who the client is.
export const verifier = createVerifier({
  issuer: 'http://localhost:4400',
  audience: 'http://localhost:4401',
  client: { id: process.env['LATCHKEY_CLIENT_ID']!, secret: process.env['LATCHKEY_CLIENT_SECRET']! },
});
