import { createVerifier } from 'fast-jwt';
import { verifyingText, type TokenSubject } from './serve-token-subject.ts';
import { AUDIENCE, ISSUER, type PublicIssuer } from './tokens.ts';

interface CacheOptions {
  readonly cache?: boolean;
  readonly cacheKeyBuilder?: (token: string) => string;
}

/** With the key at hand, where fast-jwt works without promises. */
export function openFastJwt({ algorithm, pem }: PublicIssuer, cacheOptions: CacheOptions): TokenSubject<string> {
  const verify = createVerifier({
    key: pem,
    algorithms: [algorithm],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    checkTyp: 'at+jwt',
    ...cacheOptions,
  });
  return verifyingText(false, (token) => verify(token) as unknown);
}
