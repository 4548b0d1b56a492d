import { sessionTokenClaims } from '../domain/access-tokens/claims.ts';
import type { Client } from '../domain/clients/client.ts';
import { toSeconds, type Instant } from '../domain/instant.ts';
import type { SessionId } from '../domain/ids.ts';
import { acrOf } from '../domain/sessions/authentication-context.ts';
import type { Authorization } from '../storage/authorizations.ts';
import type { SessionWithUser } from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';
import { signAccessToken, type IssuedAccessToken } from './sign-access-token.ts';

/** What a client gets for a user. */
export interface ClientTokens extends IssuedAccessToken {
  readonly refreshToken?: string;
  /** Where the refresh token is of a rotation: when that was decided, on the monotonic clock in milliseconds. */
  readonly decidedAtMs?: number;
  readonly idToken?: string;
}

/** A token that may read the user's claims is for this server as well (OpenID Connect Core §5.3). */
export function audiencesOf({ audience, scopes }: Authorization, issuer: string): readonly string[] {
  return audience === issuer || !scopes.includes('openid') ? [audience] : [audience, issuer];
}

/** Signs an access token (RFC 9068) for a client to act for a user. Reads nothing: the caller has read all anew. */
export async function mintAccessToken(
  context: OperationContext,
  minting: {
    readonly client: Client;
    readonly holder: SessionWithUser;
    readonly grant: Authorization;
    /** Thumbprint of the key that it is bound to: the one of this request, whatever the grant is bound to. */
    readonly keyThumbprint: string | undefined;
    readonly tokenId: string;
    readonly now: Instant;
  },
): Promise<IssuedAccessToken> {
  const { client, holder, grant, tokenId, now } = minting;
  const { issuer, accessTokens } = context.policy;
  const { user } = holder;
  const [audience = issuer, ...others] = audiencesOf(grant, issuer);
  const claims = sessionTokenClaims({
    issuer,
    ttlSeconds: accessTokens.ttlSeconds,
    // What the user may do is not all for somebody else's program to do.
    user: client.firstParty ? user : { ...user, role: 'user', applicationRoles: [] },
    session: { ...holder.session, clientId: client.id },
    clientVersion: client.version,
    audience: others.length > 0 ? [audience, ...others] : audience,
    scopes: grant.scopes,
    tokenId,
    now,
  });
  return signAccessToken(context, claims, grant.scopes, minting.keyThumbprint);
}

/** Signs an ID token (OpenID Connect Core §2): who signed in, when and how. Names and addresses are at userinfo. */
export async function issueIdToken(
  context: OperationContext,
  about: {
    readonly client: Client;
    readonly holder: SessionWithUser;
    /** The browser's session, which a logout with this token ends. */
    readonly sessionId: SessionId;
    readonly nonce: string | undefined;
    readonly now: Instant;
  },
): Promise<string> {
  const { issuer, accessTokens } = context.policy;
  const issuedAt = toSeconds(about.now);
  const { session, user } = about.holder;
  const acr = acrOf(session.amr);
  return context.keyRing.signIdToken({
    iss: issuer,
    sub: user.id,
    aud: about.client.id,
    exp: issuedAt + accessTokens.ttlSeconds,
    iat: issuedAt,
    auth_time: toSeconds(session.authTime),
    amr: session.amr,
    ...(acr !== undefined && { acr }),
    ...(about.nonce !== undefined && { nonce: about.nonce }),
    sid: about.sessionId,
  });
}
