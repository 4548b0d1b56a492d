import type { Caller } from '../domain/audit/event.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { encodeCredential } from '../domain/sessions/credential.ts';
import { rememberDevice } from '../domain/sessions/known-device.ts';
import type { User } from '../domain/users/user.ts';
import { endsOf } from '../domain/revocation/event.ts';
import { readRotationClock } from '../storage/clock.ts';
import { insertSession, type SessionWithUser } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { audit, revoke, type OperationContext } from './context.ts';
import { endOneSession } from './end-sessions.ts';
import { makeRoomForSession } from './make-room-for-session.ts';
import { newSession } from './new-session.ts';

export interface NewSession {
  readonly user: User;
  /** How the user proved who they are (RFC 8176). */
  readonly amr: readonly string[];
  /** The same for the audit log, in words of ours. */
  readonly how: 'password' | 'magic_link';
  readonly remember: boolean;
  /**
   * The session that the same cookie holds until the answer arrives. The user's own goes on until the new one is known
   * to have arrived, for the answer may be lost; another user's ends at once.
   */
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
 * sign in. After the commit the caller calls {@link concludeBeginning}.
 */
export async function beginSession(
  context: OperationContext,
  tx: Tx,
  asked: NewSession,
  now: Instant,
): Promise<{ readonly result: Begun; readonly ended: readonly SessionId[] }> {
  const { user, amr, how, remember, replaces, caller } = asked;
  const begun = newSession(
    context,
    { userId: user.id, clientId: null, carrier: 'cookie', remember, authTime: now, amr },
    caller,
    now,
  );
  const replaced = replaces?.userId === user.id ? replaces.id : null;
  // How old it is decides when the other one ends, so its age counts from the clock that it will be measured by.
  const rotatedAt = replaced === null ? now : await readRotationClock(tx, context.rotationClock);
  const session = { ...begun, replaces: replaced, rotatedAt };
  await insertSession(tx, session);
  await audit(context, tx, now, {
    type: 'user.signed_in',
    outcome: 'success',
    actor: user.id,
    target: session.id,
    caller,
    details: { how },
  });
  const ended = await makeRoomForSession(context, tx, { session, caller }, now);
  await revoke(context, tx, now, ...endsOf(ended));
  const result: Begun = {
    kind: 'signed_in',
    credential: encodeCredential(session, context.keys.sessionMac),
    knownDevice: rememberDevice(asked.knownDevice, user.id, context.keys.knownDeviceMac, context.random),
    session,
    user,
  };
  return { result, ended };
}

/**
 * After the commit, and before the answer: what ended is forgotten, and another user's session ends that the same cookie
 * held. In a transaction of its own, which locks that user; if it fails, the browser has got nothing, and its next
 * sign-in comes with the same cookie.
 */
export async function concludeBeginning(
  context: OperationContext,
  { user, ended }: { readonly user: User | undefined; readonly ended: readonly SessionId[] },
  { replaces, caller }: Pick<NewSession, 'replaces' | 'caller'>,
): Promise<void> {
  for (const id of ended) context.sessions.forgetSession(id);
  if (user === undefined || replaces === undefined || replaces.userId === user.id) return;
  await endOneSession(context, { ...replaces, reason: 'replaced_by_sign_in' }, caller);
}
