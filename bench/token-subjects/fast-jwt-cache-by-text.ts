import { openFastJwt } from './open-fast-jwt.ts';
import { serveTokenSubject } from './serve-token-subject.ts';

serveTokenSubject((issuer) => openFastJwt(issuer, { cache: true, cacheKeyBuilder: (token) => token }));
