import { createVerifier } from '@latchkey/verifier';
import { serveTokenSubject, verifyingText } from './serve-token-subject.ts';
import { AUDIENCE, ISSUER } from './tokens.ts';

serveTokenSubject(({ jwk }) => {
  const fetchKeys = async () => Response.json({ keys: [jwk] });
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, fetch: fetchKeys, revocation: 'none' });
  return verifyingText(true, (token) => verifier.verify(token));
});
