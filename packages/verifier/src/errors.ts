/**
 * Every reason for which a request is refused: the HTTP status that it means, and what to write in
 * a log. The messages are constant, so no part of a token can get into one.
 */
export const VERIFIER_ERRORS = {
  request_malformed: { status: 400, message: 'The request does not carry one well-formed token' },
  token_missing: { status: 401, message: 'No token was sent' },
  token_too_long: { status: 401, message: 'The token is longer than maxTokenLength' },
  token_malformed: { status: 401, message: 'The token is not a compact JWS with a canonical header and payload' },
  token_type: { status: 401, message: 'The typ header is not that of an access token' },
  critical_header: { status: 401, message: 'The header asks for an extension, and none is supported' },
  embedded_key: { status: 401, message: 'The header carries a key or the address of one' },
  algorithm_not_allowed: { status: 401, message: 'The alg header is not allowed, or not the one of the key' },
  key_unknown: { status: 401, message: 'The kid header names no key of the issuer' },
  signature_invalid: { status: 401, message: 'The signature does not verify' },
  claim_missing: { status: 401, message: 'A required claim is missing' },
  claim_invalid: { status: 401, message: 'A claim has a wrong type or form' },
  issuer_mismatch: { status: 401, message: 'The token is from another issuer' },
  audience_mismatch: { status: 401, message: 'The token is for another audience' },
  token_expired: { status: 401, message: 'The token has expired' },
  token_not_yet_valid: { status: 401, message: 'The token is from the future' },
  token_revoked: { status: 401, message: 'The token has been revoked' },
  dpop_not_configured: {
    status: 401,
    message: 'A proof came, but the option origin is not set, so it cannot be checked',
  },
  dpop_proof_missing: { status: 401, message: 'No one proof of possession came with a token that needs one' },
  dpop_token_unbound: { status: 401, message: 'A proof came with a token that is bound to no key' },
  dpop_key_mismatch: { status: 401, message: 'The proof is of another key than the token is bound to' },
  dpop_proof_malformed: { status: 401, message: 'The proof is not a compact JWS with a canonical header and payload' },
  dpop_proof_header: {
    status: 401,
    message: 'The header of the proof is not one of a proof, or names no algorithm for one',
  },
  dpop_proof_key: { status: 401, message: 'The key in the proof is not a public one that fits, or has a wrong size' },
  dpop_proof_signature: { status: 401, message: 'The signature of the proof does not verify' },
  dpop_proof_claim: { status: 401, message: 'The proof is for another request, too old or too new' },
  dpop_nonce_required: { status: 401, message: 'The proof has no nonce of this server, or an old one' },
  dpop_proof_replayed: { status: 401, message: 'The proof has been used before' },
  cross_site_request: { status: 403, message: 'A page of another site sent the cookie' },
  insufficient_scope: { status: 403, message: 'The token lacks a required scope' },
  keys_unavailable: { status: 503, message: 'The key set of the issuer cannot be had' },
  dpop_replay_unknown: { status: 503, message: 'It cannot be known for now whether the proof has been used before' },
  revocation_unknown: { status: 503, message: 'It cannot be known for now whether the token has been revoked' },
} as const satisfies Record<string, { status: number; message: string }>;

/** Stable name of a refusal; branch on this, never on a message. */
export type VerifierErrorCode = keyof typeof VERIFIER_ERRORS;

/** HTTP status that a refusal means. */
export type VerifierErrorStatus = (typeof VERIFIER_ERRORS)[VerifierErrorCode]['status'];

export interface VerifierErrorDetails {
  readonly claim?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly nonce?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Thrown for every refusal. Neither its message nor its properties hold the token or a part of it,
 * so it may be logged whole. It is not for the client: tell a caller the status and nothing more.
 */
export class VerifierError extends Error {
  override readonly name = 'VerifierError';
  readonly code: VerifierErrorCode;
  /** HTTP status that the refusal means: 400, 401, 403 or 503. */
  readonly status: VerifierErrorStatus;
  /** The claim that `claim_missing`, `claim_invalid`, `token_not_yet_valid` or `dpop_proof_claim` is about: `exp`, `aud` … */
  readonly claim: string | undefined;
  /** The scopes that `insufficient_scope` asks for. */
  readonly scopes: readonly string[] | undefined;
  /** When to try again after a refusal with status 503, in whole seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** With `dpop_nonce_required`: what the next proof must have, for the header `DPoP-Nonce`. */
  readonly nonce: string | undefined;

  /**
   * @param details.cause - Why the issuer could not be asked. Refusals of a token have none: the messages
   * of `JSON.parse` quote their input.
   */
  constructor(code: VerifierErrorCode, details: VerifierErrorDetails = {}) {
    const { status, message } = VERIFIER_ERRORS[code];
    super(
      details.claim === undefined ? message : `${message}: ${details.claim}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = code;
    this.status = status;
    this.claim = details.claim;
    this.scopes = details.scopes;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.nonce = details.nonce;
  }
}

/** A rule's verdict against a token. Rules are pure and answer with one; `verify` throws it. */
export interface Refusal {
  readonly refused: VerifierErrorCode;
  readonly claim?: string;
}
