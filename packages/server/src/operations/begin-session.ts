import type { Caller } from '../domain/audit/event.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { encodeCredential } from '../domain/sessions/credential.ts';
import { rememberDevice } from '../domain/sessions/known-device.ts';
import type { User } from '../domain/users/user.ts';
import { insertSession, type SessionWithUser } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { audit, revoke, type OperationContext } from './context.ts';
import { makeRoomForSession } from './make-room-for-session.ts';
import { newSession } from './new-session.ts';

export interface NewSession {
  readonly user: User;
  /** How the user proved who they are (RFC 8176). */
  readonly amr: readonly string[];
  /** The same for the audit log, in words of ours. */
  readonly how: 'password' | 'magic_link';
  readonly remember: boolean;
  /** The session that the same cookie held until now: it ends, or nobody could sign out of it any more. */
  readonly replaces: { readonly id: SessionId; readonly userId: UserId } | undefined;
  /** What the browser keeps of accounts that it signed in to before. */
  readonly knownDevice: string | undefined;
  readonly caller: Caller;
}

export type Begun = {
  readonly kind: 'signed_in';
  readonly credential: string;
  readonly knownDevice: string;
} & SessionWithUser;

/**
 * Begins a browser's session. The caller holds the user's row locked, and knows that it is the user and that they may
 * sign in. After the commit the caller has the cache forget the sessions that ended.
 */
export async function beginSession(
  context: OperationContext,
  tx: Tx,
  asked: NewSession,
  now: Instant,
): Promise<{ readonly result: Begun; readonly ended: readonly SessionId[] }> {
  const { user, amr, how, remember, replaces, caller } = asked;
  const session = newSession(
    context,
    { userId: user.id, clientId: null, carrier: 'cookie', remember, authTime: now, amr },
    caller,
    now,
  );
  await insertSession(tx, session);
  await audit(context, tx, now, {
    type: 'user.signed_in',
    outcome: 'success',
    actor: user.id,
    target: session.id,
    caller,
    details: { how },
  });
  const ended = await makeRoomForSession(context, tx, { session, replaces, caller }, now);
  if (ended.length > 0) await revoke(context, tx, now, ...ended.map((key) => ({ kind: 'session', key }) as const));
  const result: Begun = {
    kind: 'signed_in',
    credential: encodeCredential(session, context.keys.sessionMac),
    knownDevice: rememberDevice(asked.knownDevice, user.id, context.keys.knownDeviceMac, context.random),
    session,
    user,
  };
  return { result, ended };
}
