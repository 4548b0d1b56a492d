import { FIRST_PARTY_CLIENT_ID, type AccessTokenClaims, type FormerToken } from '@latchkey/protocol';
import type { Client } from '../clients/client.ts';
import type { Instant } from '../instant.ts';
import { isLive } from '../sessions/lifetime.ts';
import type { Session } from '../sessions/session.ts';
import type { User } from '../users/user.ts';

/** What the database says of an access token whose signature is right. */
export interface TokenStanding {
  /** Whether the key that signed it is still one of ours. */
  readonly keyIsOurs: boolean;
  /** By the log, for the token itself. */
  readonly tokenIsRevoked: boolean;
  /** By the log, for the branch of its session. */
  readonly branchIsRevoked: boolean;
  /** Undefined where the token names none, or one that is not there. */
  readonly holder: TokenHolder | undefined;
  /** The client that it was issued to; undefined for a browser session's own, and where it is not there. */
  readonly client: Pick<Client, 'version' | 'disabledAt'> | undefined;
}

/** A session and its user. */
export interface TokenHolder {
  readonly session: Pick<
    Session,
    'generation' | 'attempt' | 'previousAttempt' | 'revokedAt' | 'idleExpiresAt' | 'expiresAt'
  >;
  readonly user: Pick<User, 'id' | 'version' | 'bannedAt'>;
}

/** Why a token is worth nothing although it is ours and has not expired. For the log only. */
export type TokenVoidReason =
  | 'key_revoked'
  | 'token_revoked'
  | 'session_ended'
  | 'branch_revoked'
  | 'subject_banned'
  | 'subject_revoked'
  | 'client_disabled'
  | 'client_revoked';

/** Decides whether a token still stands, by all that can revoke one. Undefined: it does. */
export function voidReason(
  claims: Pick<AccessTokenClaims, 'sub' | 'client_id' | 'sid' | 'sv' | 'cv' | 'br'>,
  standing: TokenStanding,
  now: Instant,
): TokenVoidReason | undefined {
  if (!standing.keyIsOurs) return 'key_revoked';
  if (standing.tokenIsRevoked) return 'token_revoked';
  const isFirstParty = claims.client_id === FIRST_PARTY_CLIENT_ID;
  // A token belongs to a session, to a client, or to both.
  const ofHolder = isFirstParty || claims.sid !== undefined ? holderVoidReason(claims, standing, now) : undefined;
  return ofHolder ?? (isFirstParty ? undefined : clientVoidReason(claims, standing));
}

function holderVoidReason(
  { sub, sv = 0, br }: Pick<AccessTokenClaims, 'sub' | 'sv' | 'br'>,
  { holder, branchIsRevoked }: TokenStanding,
  now: Instant,
): TokenVoidReason | undefined {
  if (holder === undefined || holder.user.id !== sub || !isLive(holder.session, now)) return 'session_ended';
  if (holder.user.bannedAt !== null) return 'subject_banned';
  if (sv < holder.user.version) return 'subject_revoked';
  return branchIsRevoked || isGivenUp(br, holder.session) ? 'branch_revoked' : undefined;
}

function clientVoidReason(
  { cv = 0 }: Pick<AccessTokenClaims, 'cv'>,
  { client }: Pick<TokenStanding, 'client'>,
): TokenVoidReason | undefined {
  if (client === undefined || client.disabledAt !== null) return 'client_disabled';
  return cv < client.version ? 'client_revoked' : undefined;
}

/** What the database says of a token that another one was exchanged from. */
export interface FormerStanding extends Pick<TokenStanding, 'keyIsOurs' | 'tokenIsRevoked' | 'client'> {
  readonly former: FormerToken;
}

/**
 * Why a token is worth nothing for the sake of one that it was exchanged from. Whose they are and of which session is
 * the same for all of them.
 */
export function formerVoidReason({ former, ...standing }: FormerStanding): TokenVoidReason | undefined {
  if (!standing.keyIsOurs) return 'key_revoked';
  if (standing.tokenIsRevoked) return 'token_revoked';
  if (former.client_id === FIRST_PARTY_CLIENT_ID) return undefined;
  return clientVoidReason(former, standing);
}

/** By the row itself, which knows its last two generations; the log knows of those before. */
function isGivenUp(br: string | undefined, session: TokenHolder['session']): boolean {
  const [generation, attempt] = (br ?? '').split('.').map(Number);
  if (generation === session.generation) return attempt !== session.attempt;
  const { previousAttempt } = session;
  return generation === session.generation - 1 && previousAttempt !== null && attempt !== previousAttempt;
}
