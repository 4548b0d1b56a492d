import { createLocalJWKSet, jwtVerify } from 'jose';
import { serveTokenSubject, verifyingText } from './serve-token-subject.ts';
import { AUDIENCE, ISSUER } from './tokens.ts';

serveTokenSubject(({ algorithm, jwk }) => {
  const keySet = createLocalJWKSet({ keys: [jwk] });
  const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', algorithms: [algorithm] };
  return verifyingText(true, (token) => jwtVerify(token, keySet, options));
});
