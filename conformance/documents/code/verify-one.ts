import { createVerifier } from '@latchkey/verifier';

/** As the verifier's README has it. */
export async function verifyOne(token: string) {
  const verifier = createVerifier({
    issuer: 'http://localhost:4400',
    audience: 'http://localhost:4401',
    // From: latchkey clients add "Our API" --scope "revocations:read introspect"
    client: { id: process.env['LATCHKEY_CLIENT_ID']!, secret: process.env['LATCHKEY_CLIENT_SECRET']! },
  });
  const { subject, scopes } = await verifier.verify(token); // throws a VerifierError
  await verifier.close();
  return { subject, scopes };
}
