import { isSessionId } from '../domain/ids.ts';
import { findSession } from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';
import { checkProof, type PresentedProof, type ProofVerdict } from './check-proof.ts';
import { findVoidReason, type InactiveReason } from './introspect-token.ts';
import { verifyAccessToken } from './verify-access-token.ts';

/** Claims of the user (OpenID Connect Core §5.1), by the names that they have there. */
export interface Userinfo {
  readonly sub: string;
  readonly name?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
}

export type UserinfoReading =
  | { readonly kind: 'read'; readonly userinfo: Userinfo }
  | { readonly kind: 'invalid_token'; readonly reason: InactiveReason | KeyMismatch }
  | Exclude<ProofVerdict, { readonly kind: 'proved' }>
  | { readonly kind: 'insufficient_scope' };

/** The token is bound to a key and came as Bearer, is bound to none and came with a proof, or came without one. */
type KeyMismatch = 'bound_to_key' | 'not_bound' | 'proof_missing' | 'other_key';

/** The proof that came with a token by the scheme DPoP (RFC 9449 §7.1). */
export interface UserinfoProof extends Pick<PresentedProof, 'method' | 'url'> {
  /** The value of the `DPoP` header, if there is one. */
  readonly text: string | undefined;
}

/**
 * Reads what the scopes of an access token let its client know of the user (OpenID Connect Core §5.3, §5.4). A proof is
 * used up, after all else about the token has been found good.
 *
 * @param proof - Undefined for a token that came as Bearer.
 */
export async function readUserinfo(
  context: OperationContext,
  token: string,
  proof: UserinfoProof | undefined,
): Promise<UserinfoReading> {
  const verified = await verifyAccessToken(context, token);
  if (verified === undefined) return { kind: 'invalid_token', reason: 'not_ours' };
  const { aud, scope = '', sid = '' } = verified.claims;
  const audiences = typeof aud === 'string' ? [aud] : aud;
  if (!audiences.includes(context.policy.issuer)) return { kind: 'invalid_token', reason: 'other_audience' };
  const reason = await findVoidReason(context, verified);
  if (reason !== undefined) return { kind: 'invalid_token', reason };
  const refusal = await refusalByKey(context, token, verified.claims.cnf?.jkt, proof);
  if (refusal !== undefined) return refusal;
  const scopes = scope.split(' ');
  if (!scopes.includes('openid')) return { kind: 'insufficient_scope' };
  const found = isSessionId(sid) ? await findSession(context.store.queries, sid) : undefined;
  if (found === undefined) return { kind: 'invalid_token', reason: 'session_ended' };
  const { id, name, email, emailVerifiedAt } = found.user;
  const userinfo: Userinfo = {
    sub: id,
    ...(scopes.includes('profile') && name !== null && { name }),
    ...(scopes.includes('email') && { email, email_verified: emailVerifiedAt !== null }),
  };
  return { kind: 'read', userinfo };
}

/** RFC 9449 §7.1, §7.2: a bound token with a proof of its key alone, any other as Bearer alone. */
async function refusalByKey(
  context: OperationContext,
  accessToken: string,
  keyThumbprint: string | undefined,
  proof: UserinfoProof | undefined,
): Promise<Exclude<UserinfoReading, { readonly kind: 'read' }> | undefined> {
  if (proof === undefined) return keyThumbprint === undefined ? undefined : refused('bound_to_key');
  if (keyThumbprint === undefined) return refused('not_bound');
  const { text, method, url } = proof;
  if (text === undefined) return refused('proof_missing');
  const presented = { text, method, url, accessToken, keyThumbprint, isNonceRequired: false };
  const verdict = await checkProof(context, presented);
  if (verdict.kind === 'proved') return undefined;
  return verdict.reason === 'dpop_key_mismatch' ? refused('other_key') : verdict;
}

function refused(reason: KeyMismatch): { readonly kind: 'invalid_token'; readonly reason: KeyMismatch } {
  return { kind: 'invalid_token', reason };
}
