import { VerifierError, type Verifier } from '@latchkey/verifier';
import type { StoredSession } from 'latchkey/sessions';
import { parseAuthorId } from '../domain/author-id.ts';
import type { Instant, Viewer } from '../domain/types.ts';
import type { Log } from '../http/environment.ts';
import type { KeptTokens, TokenKeeper } from './token-keeper.ts';

/** What becomes of a request with a live session of the forum. */
export type Standing =
  | { readonly kind: 'viewer'; readonly viewer: Viewer }
  /** Latchkey has ended what the session rests on: somebody signed out there, was banned, or is no more. */
  | { readonly kind: 'ended' }
  /** It cannot be known just now. */
  | { readonly kind: 'unknown' };

/** New tokens are got so long before the old ones expire, while these still serve. */
const REFRESH_AHEAD_MS = 60_000;

interface StandingParts {
  readonly verifier: Pick<Verifier, 'verify'>;
  readonly tokens: TokenKeeper;
  readonly clock: () => Instant;
  readonly log: Log;
}

/**
 * Who somebody is, by the access token of their session, which is verified anew each time: locally, by Latchkey's keys
 * and the revocations that the verifier follows. A session of the forum by itself lets nobody do anything.
 */
export async function readStanding(parts: StandingParts, session: StoredSession): Promise<Standing> {
  const { tokens, clock } = parts;
  const kept = tokens.read(session.id);
  if (kept === undefined) return { kind: 'ended' };
  const lifeMs = kept.accessExpiresAt - clock();
  if (lifeMs <= 0) return verifyRefreshed(parts, session, kept);
  // Nobody waits for these. A failure is tried again with the next request.
  if (lifeMs < REFRESH_AHEAD_MS) void tokens.refresh(kept);
  const verified = await verify(parts, session, kept);
  if (verified !== 'refused') return verified;
  // A token may be void where its session goes on: after a change of roles, or a sign-out of the *other* devices.
  return verifyRefreshed(parts, session, kept);
}

async function verifyRefreshed(parts: StandingParts, session: StoredSession, kept: KeptTokens): Promise<Standing> {
  const refreshed = await parts.tokens.refresh(kept);
  if (refreshed.kind === 'ended') return { kind: 'ended' };
  if (refreshed.kind === 'unavailable') return { kind: 'unknown' };
  const verified = await verify(parts, session, refreshed.tokens);
  if (verified !== 'refused') return verified;
  // Something is set up wrongly, such as FORUM_AUDIENCE; or it was revoked in this very moment.
  parts.log.warn({ sessionId: session.id }, 'a new access token was not accepted');
  return { kind: 'unknown' };
}

async function verify(
  { verifier, log }: StandingParts,
  session: StoredSession,
  { accessToken, name }: KeptTokens,
): Promise<Standing | 'refused'> {
  try {
    const token = await verifier.verify(accessToken);
    const id = parseAuthorId(token.subject);
    if (id === undefined || token.kind !== 'access_token' || token.subject !== session.subject) return 'refused';
    return { kind: 'viewer', viewer: { id, name, isModerator: token.roles.includes('moderator') } };
  } catch (error) {
    if (!(error instanceof VerifierError)) throw error;
    log.info({ code: error.code, sessionId: session.id }, 'an access token was not accepted');
    return error.status === 503 ? { kind: 'unknown' } : 'refused';
  }
}
