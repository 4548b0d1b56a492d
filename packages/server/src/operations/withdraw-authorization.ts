import { MAX_ACCESS_TOKEN_TTL_SECONDS } from '../domain/access-tokens/grant.ts';
import type { Caller } from '../domain/audit/event.ts';
import { isSessionId, type ClientId, type UserId } from '../domain/ids.ts';
import { SECOND_MS, type Instant } from '../domain/instant.ts';
import { endsOf } from '../domain/revocation/event.ts';
import { deleteCodesOf } from '../storage/authorization-codes.ts';
import { deleteConsent } from '../storage/authorizations.ts';
import { lockClient } from '../storage/clients.ts';
import { endSessionsOfUserAtClient } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { lockUser, raiseUserVersion } from '../storage/users.ts';
import { audit, revoke, type OperationContext } from './context.ts';
import { queueLogoutNotices } from './queue-logout-notices.ts';

/** Beyond this many, one event voids all access tokens of the user instead: a client must not fill the log. */
const MOST_EVENTS = 100;

/**
 * Takes back from a client what the user let it have: its sessions end, its access tokens are void, its codes work no
 * more, and it is asked for again. The browser's session goes on.
 *
 * @returns Whether the client had anything of the user.
 */
export async function withdrawAuthorization(
  context: OperationContext,
  asked: { readonly userId: UserId; readonly clientId: ClientId },
  caller: Caller,
): Promise<boolean> {
  const { userId, clientId } = asked;
  const withdrawn = await context.store.transaction(async (tx) => {
    const now = context.clock();
    // In the order of everybody who locks more than one: whoever removes the client meanwhile waits, or has done so.
    if ((await lockUser(tx, userId)) === undefined || (await lockClient(tx, clientId)) === undefined) return false;
    const ended = await endSessionsOfUserAtClient(tx, userId, clientId, now);
    const hadConsent = await deleteConsent(tx, userId, clientId);
    if (!hadConsent && ended.length === 0) return false;
    const codes = await deleteCodesOf(tx, userId, clientId);
    const since = now - MAX_ACCESS_TOKEN_TTL_SECONDS * SECOND_MS;
    // What a code gave without a session of its own: an access token of the browser's session, which goes on.
    const tokens = codes.flatMap(({ granted, usedAt }) =>
      granted === null || usedAt === null || usedAt < since || isSessionId(granted) ? [] : [granted],
    );
    await audit(context, tx, now, {
      type: 'authorization.withdrawn',
      outcome: 'success',
      actor: userId,
      target: clientId,
      caller,
      details: { sessions_ended: ended.length },
    });
    await queueLogoutNotices(context, tx, now, { kind: 'authorization', userId, clientId });
    await voidTokens(context, tx, now, { userId, ended, tokens });
    return true;
  });
  if (withdrawn) context.sessions.forgetUser(userId);
  return withdrawn;
}

async function voidTokens(
  context: OperationContext,
  tx: Tx,
  now: Instant,
  what: {
    readonly userId: UserId;
    readonly ended: Awaited<ReturnType<typeof endSessionsOfUserAtClient>>;
    readonly tokens: readonly string[];
  },
): Promise<void> {
  const { userId, ended, tokens } = what;
  if (ended.length + tokens.length > MOST_EVENTS) {
    const minVersion = await raiseUserVersion(tx, userId, now);
    return revoke(context, tx, now, { kind: 'subject', key: userId, minVersion });
  }
  await revoke(context, tx, now, ...endsOf(ended), ...tokens.map((key) => ({ kind: 'token', key }) as const));
}
