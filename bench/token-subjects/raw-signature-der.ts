import { openRawSignature } from './open-raw-signature.ts';
import { serveTokenSubject } from './serve-token-subject.ts';

serveTokenSubject((issuer) => openRawSignature(issuer, true));
