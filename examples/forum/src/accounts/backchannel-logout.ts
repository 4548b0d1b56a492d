import type { Hono } from 'hono';
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import type { Sessions } from 'latchkey/sessions';
import type { AppEnvironment } from '../http/environment.ts';
import type { ForumContext } from '../operations/context.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { listSessionIds } from '../storage/session-tokens.ts';
import { useOnce } from '../storage/used-once.ts';
import { readLogoutToken, REMEMBER_MS, type LogoutNotice } from './logout-token.ts';

export interface BackchannelLogoutParts {
  readonly context: ForumContext;
  readonly sessions: Sessions;
  readonly issuer: string;
  readonly clientId: string;
  readonly jwksUri: () => Promise<URL>;
  /** Told of each user whose sessions were ended: perhaps the account is no more. */
  readonly onEnded: (subject: string) => void;
}

/**
 * Where Latchkey tells of sign-outs (OpenID Connect Back-Channel Logout §2.5). No cookie counts here and nothing is
 * believed but the token, so anybody may call it.
 */
export function mountBackchannelLogout(routes: Hono<AppEnvironment>, parts: BackchannelLogoutParts): void {
  const { context, issuer, clientId } = parts;
  const keys = laterKeys(parts.jwksUri);

  routes.post('/backchannel-logout', async (c) => {
    // §2.7, §2.8: no answer is to be cached.
    c.header('Cache-Control', 'no-store');
    const refuse = () => c.json({ error: 'invalid_request' }, 400);
    if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('Content-Type') ?? '')) return refuse();
    const [token, ...others] = new URLSearchParams(await c.req.text()).getAll('logout_token');
    if (token === undefined || others.length > 0) return refuse();
    const now = context.clock();
    const notice = await readLogoutToken(token, keys, { issuer, clientId, now }).catch((error: unknown) => {
      c.var.log.warn({ err: error }, 'a logout token could not be checked');
      // Latchkey tells again, where it is there to tell.
      throw new HttpProblem('accounts_unavailable', { retryAfterSeconds: 5 });
    });
    // It has been read once when its sessions have ended: each comes once, and Latchkey makes another for a retry.
    if (notice === undefined || !useOnce(context.database, 'logout token', notice.jti, now + REMEMBER_MS)) {
      return refuse();
    }
    await endSessions(parts, notice);
    return c.body(null, 204);
  });
}

async function endSessions(
  { context, sessions, onEnded }: BackchannelLogoutParts,
  notice: LogoutNotice,
): Promise<void> {
  const { sid: latchkeySid, subject } = notice;
  for (const id of listSessionIds(context.database, { latchkeySid, subject })) await sessions.end(id);
  if (subject !== undefined) onEnded(subject);
}

/** However many tokens name keys that are not known. */
const KEYS_PAUSE_MS = 5000;

/** Latchkey's keys, which `jose` fetches again when one is unknown. */
function laterKeys(jwksUri: () => Promise<URL>): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined;
  return async (header, token) => {
    keys ??= createRemoteJWKSet(await jwksUri(), { cooldownDuration: KEYS_PAUSE_MS });
    return keys(header, token);
  };
}
