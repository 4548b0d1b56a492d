import { ADMIN_SCOPES } from '../administration/scopes.ts';

/**
 * Longest life of an access token that a setting may give. Whatever is kept because of living tokens is kept
 * for as long: the setting may have been another one when they were made.
 */
export const MAX_ACCESS_TOKEN_TTL_SECONDS = 1800;

/** Scopes that give power over this server itself: never among those that every user may have. */
export const SERVER_SCOPES: readonly string[] = [...ADMIN_SCOPES, 'introspect', 'revocations:read'];

/** What a browser session may ask an access token for. */
export interface AccessTokenPolicy {
  readonly issuer: string;
  readonly ttlSeconds: number;
  /** Resource servers that tokens may be made for, besides the issuer; `any` only in development. */
  readonly audiences: readonly string[] | 'any';
  /** Scopes that every user may have. Roles give more; a request never does. */
  readonly scopes: readonly string[];
}

export type GrantDecision =
  | { readonly kind: 'granted'; readonly audience: string; readonly scopes: readonly string[] }
  | { readonly kind: 'invalid_target' }
  | { readonly kind: 'invalid_scope' };

/** scope-token of RFC 6749 §3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Decides audience (RFC 8707 §2) and scope (RFC 6749 §3.3) of a token for the session's own user. */
export function decideGrant(
  request: { readonly audience?: string | undefined; readonly scope?: string | undefined },
  roles: readonly string[],
  policy: AccessTokenPolicy,
): GrantDecision {
  const audience = request.audience ?? policy.issuer;
  if (!isKnownAudience(audience, policy)) return { kind: 'invalid_target' };

  const scopes = [...new Set((request.scope ?? '').split(' ').filter((scope) => scope !== ''))];
  const grantable = new Set([...policy.scopes, ...(roles.includes('administrator') ? ADMIN_SCOPES : [])]);
  if (!scopes.every((scope) => SCOPE_TOKEN.test(scope) && grantable.has(scope))) return { kind: 'invalid_scope' };
  return { kind: 'granted', audience, scopes };
}

function isKnownAudience(audience: string, policy: AccessTokenPolicy): boolean {
  if (audience === policy.issuer) return true;
  return policy.audiences === 'any' ? URL.canParse(audience) : policy.audiences.includes(audience);
}
