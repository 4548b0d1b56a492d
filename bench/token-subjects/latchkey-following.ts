import { ROUTES } from '@latchkey/protocol';
import { createVerifier } from '@latchkey/verifier';
import { serveTokenSubject, verifyingText } from './serve-token-subject.ts';
import { AUDIENCE, ISSUER } from './tokens.ts';

serveTokenSubject(async ({ jwk, feed }) => {
  const revocationsUri = feed.origin + ROUTES.revocations;
  const verifier = createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    client: feed.client,
    revocationsUri,
    fetch: async (url, init) =>
      url.startsWith(revocationsUri) ? globalThis.fetch(url, init) : Response.json({ keys: [jwk] }),
    // Should it lose the feed, it asks nobody, which would be slow, but fails.
    whenStale: 'closed',
  });
  await verifier.ready();
  return verifyingText(true, (token) => verifier.verify(token));
});
