import { expect, test } from 'vitest';
import { VERIFIER_ERRORS, VerifierError, type VerifierErrorCode } from '../errors.ts';
import { answerRefusal } from './refusal-answer.ts';

const CHALLENGES: Readonly<Record<string, string | undefined>> = {
  token_missing: 'Bearer realm="api"',
  invalid_dpop_proof: 'Bearer realm="api", error="invalid_dpop_proof"',
  use_dpop_nonce: 'Bearer realm="api", error="use_dpop_nonce"',
  invalid_token: 'Bearer realm="api", error="invalid_token"',
  invalid_request: 'Bearer realm="api", error="invalid_request"',
  insufficient_scope: 'Bearer realm="api", error="insufficient_scope", scope="notes:read notes:write"',
  temporarily_unavailable: undefined,
  cross_site_request: undefined,
};

/** What a caller is told; all that is wrong with a token looks the same. */
const OUTWARD: Partial<Record<VerifierErrorCode, string>> = {
  request_malformed: 'invalid_request',
  token_missing: 'token_missing',
  insufficient_scope: 'insufficient_scope',
  keys_unavailable: 'temporarily_unavailable',
  revocation_unknown: 'temporarily_unavailable',
  cross_site_request: 'cross_site_request',
  dpop_not_configured: 'token_missing',
  dpop_proof_malformed: 'invalid_dpop_proof',
  dpop_proof_header: 'invalid_dpop_proof',
  dpop_proof_key: 'invalid_dpop_proof',
  dpop_proof_signature: 'invalid_dpop_proof',
  dpop_proof_claim: 'invalid_dpop_proof',
  dpop_proof_replayed: 'invalid_dpop_proof',
  dpop_nonce_required: 'use_dpop_nonce',
  dpop_replay_unknown: 'temporarily_unavailable',
};

test.each(Object.keys(VERIFIER_ERRORS) as VerifierErrorCode[])('the answer to %s', (code) => {
  const scopes = code === 'insufficient_scope' ? ['notes:read', 'notes:write'] : undefined;
  const retryAfterSeconds = code === 'keys_unavailable' ? 7 : undefined;
  const error = new VerifierError(code, { scopes, retryAfterSeconds, claim: 'secret-claim', cause: 'secret-cause' });
  const { status, headers, body } = answerRefusal(error, {});
  const outward = OUTWARD[code] ?? 'invalid_token';

  expect(status).toBe(VERIFIER_ERRORS[code].status);
  expect(headers['WWW-Authenticate']).toBe(CHALLENGES[outward]);
  expect(headers['Cache-Control']).toBe('no-store');
  expect(headers['Content-Type']).toBe('application/problem+json');
  expect(headers['Retry-After']).toBe(retryAfterSeconds?.toString());
  expect(JSON.parse(body)).toMatchObject({ code: outward, status, type: `urn:latchkey:error:bearer:${outward}` });
  expect(JSON.stringify({ headers, body })).not.toMatch(/secret/);
});

test.each([
  ['Our API', 'Bearer realm="Our API"'],
  ['a"b\\c', 'Bearer realm="abc"'],
  ['a\r\nSet-Cookie: b', 'Bearer realm="aSet-Cookie: b"'],
  ['Müller 🔑', 'Bearer realm="Mller "'],
])('a realm of %j', (realm, challenge) => {
  expect(answerRefusal(new VerifierError('token_missing'), { realm }).headers['WWW-Authenticate']).toBe(challenge);
});

test('a scope that would end the header does not', () => {
  const error = new VerifierError('insufficient_scope', { scopes: ['a"\r\nX: b'] });
  expect(answerRefusal(error, {}).headers['WWW-Authenticate']).toBe(
    'Bearer realm="api", error="insufficient_scope", scope="aX: b"',
  );
});

const ALGORITHMS = 'algs="ES256 EdDSA Ed25519 RS256 PS256"';

test.each<[VerifierErrorCode, string]>([
  ['token_missing', `Bearer realm="api", DPoP realm="api", ${ALGORITHMS}`],
  [
    'token_expired',
    `Bearer realm="api", error="invalid_token", DPoP realm="api", error="invalid_token", ${ALGORITHMS}`,
  ],
  // RFC 9449 §7.1: Bearer would not help.
  ['dpop_proof_missing', `DPoP realm="api", error="invalid_token", ${ALGORITHMS}`],
  ['dpop_key_mismatch', `DPoP realm="api", error="invalid_token", ${ALGORITHMS}`],
  ['dpop_proof_claim', `DPoP realm="api", error="invalid_dpop_proof", ${ALGORITHMS}`],
  ['dpop_nonce_required', `DPoP realm="api", error="use_dpop_nonce", ${ALGORITHMS}`],
])('RFC 9449 §7.1: the challenges for %s, where DPoP is welcome', (code, challenge) => {
  const error = new VerifierError(code, { nonce: code === 'dpop_nonce_required' ? 'a-nonce' : undefined });
  const { headers } = answerRefusal(error, { ownOrigin: 'https://api.example.com' });
  expect(headers['WWW-Authenticate']).toBe(challenge);
  expect(headers['DPoP-Nonce']).toBe(error.nonce);
});
