import { isSessionId } from '../domain/ids.ts';
import { findSession } from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';
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
  | { readonly kind: 'invalid_token'; readonly reason: InactiveReason }
  | { readonly kind: 'insufficient_scope' };

/** Reads what the scopes of an access token let its client know of the user (OpenID Connect Core §5.3, §5.4). */
export async function readUserinfo(context: OperationContext, token: string): Promise<UserinfoReading> {
  const verified = await verifyAccessToken(context, token);
  if (verified === undefined) return { kind: 'invalid_token', reason: 'not_ours' };
  const { aud, scope = '', sid = '' } = verified.claims;
  const audiences = typeof aud === 'string' ? [aud] : aud;
  if (!audiences.includes(context.policy.issuer)) return { kind: 'invalid_token', reason: 'other_audience' };
  const reason = await findVoidReason(context, verified);
  if (reason !== undefined) return { kind: 'invalid_token', reason };
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
