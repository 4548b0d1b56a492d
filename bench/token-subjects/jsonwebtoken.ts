import { createPublicKey } from 'node:crypto';
import jsonwebtoken, { type Algorithm } from 'jsonwebtoken';
import { serveTokenSubject, verifyingText } from './serve-token-subject.ts';
import { AUDIENCE, ISSUER } from './tokens.ts';

serveTokenSubject(({ algorithm, pem }) => {
  // A key object: from a PEM text it would make one for each token.
  const key = createPublicKey(pem);
  const options = { algorithms: [algorithm as Algorithm], issuer: ISSUER, audience: AUDIENCE };
  return verifyingText(false, (token) => jsonwebtoken.verify(token, key, options));
});
