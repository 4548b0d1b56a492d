import { PROBLEM_MEDIA_TYPE } from '@latchkey/protocol';
import { PROOF_ALGORITHMS } from '../dpop/proof.ts';
import type { VerifierError } from '../errors.ts';
import type { ProtectedResource } from '../metadata/protected-resource.ts';

export interface RefusalAnswerOptions {
  /** Name of the protected space, for the `WWW-Authenticate` header. Default `api`. */
  readonly realm?: string;
  /** As of the guard: where it is set, callers are told that tokens bound to a key are welcome (DPoP). */
  readonly ownOrigin?: string | readonly string[];
  /** What `protectedResource` made: callers are told where the metadata is that says whom to ask for a token. */
  readonly resource?: Pick<ProtectedResource, 'metadataUrl'>;
}

/** An HTTP answer, for any server to send. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What a refused caller is told: the status, and one of eight codes. Which rule a token failed is for
 * the log only; it would help whoever tries tokens.
 */
export function answerRefusal(error: VerifierError, options: RefusalAnswerOptions): RefusalAnswer {
  const { code, title } = outwardProblem(error);
  const headers: Record<string, string> = { 'Content-Type': PROBLEM_MEDIA_TYPE, 'Cache-Control': 'no-store' };
  if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = String(error.retryAfterSeconds);
  if (error.status !== 503 && error.code !== 'cross_site_request') {
    headers['WWW-Authenticate'] = challenges(error, code, options);
  }
  // RFC 9449 §9.
  if (error.nonce !== undefined) headers['DPoP-Nonce'] = error.nonce;
  const type = `urn:latchkey:error:bearer:${code}`;
  return { status: error.status, headers, body: JSON.stringify({ type, title, status: error.status, code }) };
}

/** One challenge for each scheme that could do better (RFC 9110 §11.6.1). */
function challenges(
  error: VerifierError,
  code: string,
  { realm = 'api', ownOrigin = [], resource }: RefusalAnswerOptions,
): string {
  // RFC 6750 §3: at least one parameter, and §3.1: no error code for a request without a token.
  const parameters = [`realm=${quote(realm)}`];
  if (code !== 'token_missing') parameters.push(`error=${quote(code)}`);
  if (error.scopes !== undefined) parameters.push(`scope=${quote(error.scopes.join(' '))}`);
  // RFC 9728 §5.1.
  if (resource !== undefined) parameters.push(`resource_metadata=${quote(resource.metadataUrl)}`);
  const bearer = `Bearer ${parameters.join(', ')}`;
  if ([ownOrigin].flat().length === 0) return bearer;
  // RFC 9449 §7.1. What is wrong with a proof, Bearer would not help.
  const dpop = `DPoP ${parameters.join(', ')}, algs=${quote(PROOF_ALGORITHMS.join(' '))}`;
  return error.code.startsWith('dpop_') ? dpop : `${bearer}, ${dpop}`;
}

/** The codes of RFC 6750 §3.1 and RFC 9449 §7.1, and one each for what it leaves without. */
function outwardProblem(error: VerifierError): { readonly code: string; readonly title: string } {
  switch (error.status) {
    case 400:
      return { code: 'invalid_request', title: 'The request carries its token in a wrong way' };
    case 401:
      return problemOf401(error);
    case 403:
      return error.code === 'cross_site_request'
        ? { code: 'cross_site_request', title: 'The request came from another site' }
        : { code: 'insufficient_scope', title: 'The access token does not allow this' };
    case 503:
      return { code: 'temporarily_unavailable', title: 'Access tokens cannot be checked for a moment' };
  }
}

function problemOf401({ code }: VerifierError): { readonly code: string; readonly title: string } {
  switch (code) {
    case 'token_missing':
    case 'dpop_not_configured':
      return { code: 'token_missing', title: 'An access token is required' };
    case 'dpop_nonce_required':
      return { code: 'use_dpop_nonce', title: 'The proof of possession needs the nonce that comes with this' };
    case 'dpop_proof_malformed':
    case 'dpop_proof_header':
    case 'dpop_proof_key':
    case 'dpop_proof_signature':
    case 'dpop_proof_claim':
    case 'dpop_proof_replayed':
      return { code: 'invalid_dpop_proof', title: 'The proof of possession is not valid' };
    default:
      // RFC 9449 §7.1: also for another key than the token's, and for none.
      return { code: 'invalid_token', title: 'The access token is not valid' };
  }
}

/** RFC 9110 §5.6.4, leaving out what would need an escape or end the header. */
function quote(text: string): string {
  return `"${text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '')}"`;
}
